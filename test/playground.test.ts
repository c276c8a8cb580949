import { encodeSafetensors, encodeTorch, loadInto, readSafetensors } from "@tapegrad/formats";
import { recordStatistics } from "@tapegrad/inspect";
import { LeNet } from "@tapegrad/models/lenet";
import { evaluating, Linear } from "@tapegrad/nn";
import { noGrad, setThreads, softmax } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { pictureOfStrokes, type Stroke } from "../site/playground/page/picture-of-strokes.ts";
import { checkedDigits, learningDigits, Tray } from "../site/playground/pit/digits.ts";
import { nameMistake } from "../site/playground/pit/name-mistake.ts";
import { Network } from "../site/playground/pit/network.ts";
import type { View } from "../site/playground/pit/predict.ts";
import { devices, limits, mistakeNames, readQuery, type RunState, toQuery } from "../site/playground/run-state.ts";
import type { Report, Request } from "../site/playground/worker/protocol.ts";
import { Session } from "../site/playground/worker/session.ts";

type Of<K extends Report["kind"]> = Extract<Report, { readonly kind: K }>;

/** A session, and what it reports. */
class Listener {
  readonly reports: Report[] = [];
  readonly #session = new Session((report) => {
    this.reports.push(report);
    this.onReport(report);
  });
  onReport: (report: Report) => void = () => {};

  /** The last report of a kind that comes of a request. */
  async ask<K extends Report["kind"]>(request: Request, kind: K): Promise<Of<K>> {
    this.reports.length = 0;
    await this.#session.handle(request);
    const found = this.reports.findLast((report) => report.kind === kind);
    if (found === undefined) throw new Error(`no ${kind} among ${JSON.stringify(this.reports)}`);
    return found as Of<K>;
  }

  async scores(view: Partial<View> = {}): Promise<readonly (readonly number[])[]> {
    const whole = { mode: "eval", batchSize: 60, selected: 0, ...view } as const;
    return (await this.ask({ kind: "look", view: whole }, "predicted")).prediction.scores;
  }
}

const listener = new Listener();
let weights: Uint8Array;

beforeAll(async () => {
  setThreads(1);
  await listener.ask({ kind: "open", device: "wasm", seed: 3 }, "opened");
  await listener.ask({ kind: "train", seed: 3, epochs: 1 }, "trained");
  weights = (await listener.ask({ kind: "save" }, "saved")).bytes;
});

describe("the address of a run", () => {
  const states: fc.Arbitrary<RunState> = fc.record({
    device: fc.constantFrom(...devices),
    seed: fc.integer(limits.seed),
    epochs: fc.integer(limits.epochs),
    mode: fc.constantFrom("eval", "train"),
    batchSize: fc.integer(limits.batchSize),
    mistake: fc.option(fc.constantFrom(...mistakeNames)),
  });

  test("holds all of it", () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(readQuery(toQuery(state))).toEqual({ state, replays: true, problems: [] });
      }),
    );
  });

  test("says what it does not understand, and plays nothing where there is nothing to play", () => {
    const { state, problems } = readQuery("?seed=1e3&epochs=0&batch=61&mode=both&mistake=x&device=cuda");
    expect(state).toEqual(readQuery("").state);
    expect(problems).toHaveLength(6);
    expect(problems[0]).toBe("The address says device=cuda, which means nothing here; it is wasm instead.");
    expect(problems[5]).toBe("The address says mistake=x, which means nothing here; it is none instead.");
    expect(readQuery("?seed=1").replays).toBe(false);
  });
});

test("a drawing is the same picture wherever it is on the board, and whatever its size", () => {
  const coordinate = fc.double({ min: 0, max: 1, noNaN: true });
  const strokes = fc.array(fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(strokes, coordinate, coordinate, (drawn, dx, dy) => {
      const corners: Stroke = [
        [0, 0.2],
        [1, 0.8],
      ];
      const whole = [corners, ...drawn];
      const moved = whole.map((stroke) => stroke.map(([x, y]) => [dx + x / 4, dy + y / 4] as const));
      const [first, second] = [pictureOfStrokes(whole), pictureOfStrokes(moved)];
      // A byte may be rounded either way.
      expect(first.every((byte, i) => Math.abs(byte - second[i]!) <= 1)).toBe(true);
      expect(Math.max(...first)).toBe(255);
    }),
    { numRuns: 20 },
  );
});

describe("predictions", () => {
  test("in eval mode are those of the saved weights, whatever the batch size", async () => {
    const model = new LeNet();
    await loadInto(model, (await readSafetensors(weights)).tensors);
    const expected = await evaluating(model, () => noGrad(() => softmax(model.forward(new Tray().inputs()), 1))).data();
    for (const batchSize of [60, 7, 1])
      expectClose((await listener.scores({ batchSize })).flat(), expected, { rtol: 1e-4, atol: 1e-6 });
  });

  test("in train mode depend on the batch, and come again", async () => {
    const of = (batchSize: number): ReturnType<Listener["scores"]> => listener.scores({ mode: "train", batchSize });
    const [all, ten, one] = [await of(60), await of(10), await of(1)];
    expect(ten).not.toEqual(all);
    expect(one).not.toEqual(ten);
    expect(await of(1)).toEqual(one);
    expect((await listener.ask({ kind: "save" }, "saved")).bytes, "looking changes nothing").toEqual(weights);
  });

  test("come with the statistics of the batch that holds the selected digit", async () => {
    const look = async (selected: number): Promise<Of<"predicted">> =>
      listener.ask({ kind: "look", view: { mode: "train", batchSize: 1, selected } }, "predicted");
    const [first, second] = [(await look(4)).prediction.statistics, (await look(5)).prediction.statistics];
    expect(first.map(({ layer, running }) => [layer, running.mean.length])).toEqual([
      ["bn1", 16],
      ["bn2", 32],
    ]);
    expect(first[0]!.batch).not.toEqual(second[0]!.batch);
    expect(first[0]!.running).toEqual(second[0]!.running);
  });
});

describe("mistakes", () => {
  test.each(mistakeNames)("%s is named rightly, and undone", async (mistake) => {
    const before = await listener.scores();
    const { finding } = await listener.ask({ kind: "commit", mistake }, "found");
    expect(finding.diagnosis.mistake, finding.diagnosis.evidence).toBe(mistake);
    const seenByTheGuard = mistake === "forgot-eval" || mistake === "batch-of-one";
    expect(finding.warning !== null, "the mode guard sees predictions in train mode, and only those").toBe(
      seenByTheGuard,
    );
    expect(await listener.scores()).not.toEqual(before);
    await listener.ask({ kind: "undo" }, "undone");
    expect(await listener.scores()).toEqual(before);
  });

  test("are not seen where there are none", async () => {
    const network = Network.seeded(5);
    using recorder = recordStatistics(network.model);
    let steps = 0;
    for await (const batch of learningDigits(5)) {
      network.step(batch);
      if (++steps === 20) break;
    }
    evaluating(network.model, () => noGrad(() => network.model.forward(checkedDigits().inputs)));
    expect(nameMistake(recorder.recording()).mistake).toBeNull();
  });
});

describe("a file", () => {
  test("of weights, saved here or by PyTorch, gives their predictions", async () => {
    const before = await listener.scores();
    const model = new LeNet();
    await loadInto(model, (await readSafetensors(weights)).tensors);
    const checkpoint = await encodeTorch(
      new Map<string, unknown>([
        ["epoch", 3],
        ["state_dict", model.stateDict()],
      ]) as never,
    );
    for (const [name, bytes] of [
      ["a.safetensors", weights],
      ["a.pth", checkpoint],
    ] as const) {
      await listener.ask({ kind: "load", file: new File([bytes as Uint8Array<ArrayBuffer>], name) }, "loaded");
      expect(await listener.scores()).toEqual(before);
    }
  });

  test("that is none, damaged, hostile or another network's is refused in words, and nothing changes", async () => {
    const before = await listener.scores();
    const calling = new TextEncoder().encode("cos\nsystem\n(S'true'\ntR.");
    const other = await encodeSafetensors(new Linear(2, 3).stateDict());
    const files: readonly (readonly [string, Uint8Array, string, RegExp])[] = [
      ["noise.pth", Uint8Array.from({ length: 500 }, (_, i) => (i * 73) % 256), "FormatError", /./],
      ["empty.pth", new Uint8Array(), "FormatError", /./],
      ["cut.safetensors", weights.subarray(0, 1000), "FormatError", /truncated/],
      ["calling.pth", calling, "FormatError", /./],
      ["other.safetensors", other, "StateDictError", /missing keys: conv1\.weight/],
    ];
    for (const [name, bytes, error, message] of files) {
      const failed = await listener.ask(
        { kind: "load", file: new File([bytes as Uint8Array<ArrayBuffer>], name) },
        "failed",
      );
      expect(failed.name, name).toBe(error);
      expect(failed.message, name).toMatch(message);
    }
    expect(await listener.scores()).toEqual(before);
  });
});

test("a training under way hears of another view, waits while it is paused, and ends for another network", async () => {
  const kinds: string[] = [];
  /** Kinds of reports that are answered with a new network, the first time that they come. */
  const ending = new Set<string>(["predicted"]);
  const session = new Session((report) => {
    kinds.push(report.kind);
    if (report.kind === "progress") {
      void session.handle({ kind: "pause" });
      void session.handle({ kind: "look", view: { mode: "train", batchSize: 30, selected: 7 } });
    }
    if (kinds.includes("progress") && ending.delete(report.kind))
      void session.handle({ kind: "open", device: "wasm", seed: 2 });
  });
  const opened = ["opened", "tray", "predicted"];
  await session.handle({ kind: "open", device: "wasm", seed: 1 });
  await session.handle({ kind: "train", seed: 1, epochs: 1 });
  // Until all is answered that was asked for meanwhile.
  await session.handle({ kind: "resume" });
  // One prediction in the new view, one when training has ended.
  expect(kinds).toEqual([...opened, "progress", "predicted", "predicted", ...opened]);
});
