import { BatchNorm2d, Dropout, evaluating, Linear, Sequential, training } from "@tapegrad/nn";
import { expect, test } from "vitest";
import * as fc from "fast-check";

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
