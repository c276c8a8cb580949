import { BatchNorm2d, Dropout, evaluating, Linear, type Module, Sequential, training } from "@tapegrad/nn";
import { OverlapError } from "@tapegrad/tensor";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const makeNet = (): Sequential =>
  new Sequential(new BatchNorm2d(1), new Sequential(new Dropout(), new Linear(1, 1)), new Dropout());
const modes = (net: Sequential): boolean[] => net.modules().map((module) => module.training);

const ways = fc.constantFrom("returns", "throws", "resolves", "rejects");

test("every module has its own mode back, whatever the function does, and had the wanted one meanwhile", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      fc.nat(5),
      fc.boolean(),
      ways,
      async (before, frozen, wanted, way) => {
        const net = makeNet();
        net.modules().forEach((module, i) => (module.training = before[i]!));
        net.modules()[frozen]!.freeze();
        const expected = modes(net);
        let [during, after]: boolean[][] = [];
        const run = wanted ? training : evaluating;
        const work = (): unknown => {
          during = modes(net);
          net.train(!wanted);
          if (way === "throws") throw new Error("on purpose");
          if (way === "returns") return 7;
          return Promise.resolve().then(() => {
            after = modes(net);
            if (way === "rejects") throw new Error("on purpose");
            return 7;
          });
        };
        let answer: unknown;
        try {
          answer = await run(net, work);
        } catch (error) {
          answer = (error as Error).message;
        }
        expect(answer).toBe(way === "returns" || way === "resolves" ? 7 : "on purpose");
        expect(during).toEqual(net.modules().map((module) => wanted && !module.frozen));
        if (way === "resolves" || way === "rejects")
          expect(after).toEqual(net.modules().map((module) => !wanted && !module.frozen));
        expect(modes(net)).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  );
});

describe("asynchronous runs", () => {
  type Run = typeof evaluating;
  /** A run that ends when told to. */
  const start = (run: Run, net: Module): { readonly ended: Promise<number>; readonly end: () => void } => {
    let resolve!: (value: number) => void;
    const promise = new Promise<number>((settle) => (resolve = settle));
    return { ended: run(net, () => promise), end: () => resolve(7) };
  };
  const isTraining = (module: Module): boolean => module.training;

  test("a second one on the model before the first was awaited is refused, and leaves the modes to the first", async () => {
    const net = makeNet();
    const first = start(evaluating, net);
    expect(() => start(training, net)).toThrow(OverlapError);
    expect(() => start(training, net)).toThrow(/^evaluating or training the same modules: an asynchronous call before/);
    expect(modes(net).some(Boolean)).toBe(false);
    first.end();
    expect(await first.ended).toBe(7);
    expect(modes(net).every(Boolean)).toBe(true);
  });

  test("so is one on a model that shares a module, but not one on a model of its own", async () => {
    const net = makeNet();
    const first = start(evaluating, net);
    expect(() => start(evaluating, new Sequential(net.children()[1] as Sequential))).toThrow(OverlapError);
    const other = start(evaluating, makeNet());
    first.end();
    expect(await first.ended).toBe(7);
    other.end();
    expect(await other.ended).toBe(7);
  });

  test("one inside the other, and synchronous ones in between, are as they were", async () => {
    const net = makeNet();
    const seen: boolean[] = [];
    const look = (): void => void seen.push(isTraining(net));
    await evaluating(net, async () => {
      await training(net, async () => {
        look();
        await Promise.resolve();
        look();
      });
      await Promise.resolve();
      training(net, look);
      look();
    });
    const pending = start(evaluating, net);
    training(net, look);
    look();
    pending.end();
    await pending.ended;
    look();
    expect(seen).toEqual([true, true, true, false, true, false, true]);
  });

  test("however runs overlap, early ends are refused, and in the end every module has its own mode back", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        fc.array(fc.record({ part: fc.nat(5), wanted: fc.boolean(), endsAt: fc.nat(100) }), {
          minLength: 1,
          maxLength: 5,
        }),
        async (before, plans) => {
          const net = makeNet();
          const all = net.modules();
          all.forEach((module, i) => (module.training = before[i]!));
          const running: { modules: Module[]; endsAt: number; end: () => void; ended: Promise<number> }[] = [];
          for (const { part, wanted, endsAt } of plans) {
            running.push({
              modules: all[part]!.modules(),
              endsAt,
              ...start(wanted ? training : evaluating, all[part]!),
            });
            await Promise.resolve();
          }
          for (const run of running.toSorted((a, b) => a.endsAt - b.endsAt)) {
            const later = running.slice(running.indexOf(run) + 1);
            const early = later.some(
              (other) => other.endsAt >= 0 && other.modules.some((each) => run.modules.includes(each)),
            );
            run.end();
            if (early) await expect(run.ended).rejects.toThrow(OverlapError);
            else expect(await run.ended).toBe(7);
            run.endsAt = -1;
          }
          expect(modes(net)).toEqual(before);
        },
      ),
    );
  });
});
