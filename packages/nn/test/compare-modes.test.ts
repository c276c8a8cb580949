import {
  BatchNorm1d,
  BatchNorm2d,
  compareModes,
  comparisonSvg,
  Dropout,
  InstanceNorm2d,
  Linear,
  type ModeComparison,
  type Module,
  ReLU,
  Sequential,
  setModeGuard,
} from "@tapegrad/nn";
import {
  add,
  cat,
  defaultGenerator,
  dropout,
  Generator,
  manualSeed,
  mul,
  noGrad,
  randn,
  slice,
  tensor,
  type Tensor,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { calibrated, ResidualNet } from "./residual-net.ts";

const said: string[] = [];
beforeEach(() => setModeGuard("warn", { sink: (message) => said.push(message) }));
afterEach(() => {
  setModeGuard("warn");
  expect(said.splice(0)).toEqual([]);
});

/** Everything that running a model may change. */
const stateOf = (model: Module): unknown => ({
  buffers: model.buffers().map((buffer) => [...buffer.dataSync()]),
  modes: model.modules().map((module) => module.training),
  generator: defaultGenerator().getState(),
  tracks: model.modules().map((module) => module instanceof BatchNorm2d && module.trackRunningStats),
});
const layer = (comparison: ModeComparison, name: string) => comparison.layers.find((each) => each.name === name)!;

/** Whether the modes of the healthy network of a seed agree; they part by themselves where a channel hardly varies. */
async function isHealthy(seed: number): Promise<boolean> {
  const { net, input } = await calibrated(seed);
  return (await compareModes(net, input, { tolerance: 0.02 })).firstDiverging === null;
}

describe("seeded experiments: the layer at fault is named", () => {
  const seeds = fc.integer({ min: 0, max: 2 ** 20 });

  test("one batch norm's statistics poisoned among many", async () => {
    const poisons = {
      "mean shifted": ({ runningMean }: BatchNorm2d) => runningMean!.assign(add(runningMean!, 5).detach()),
      "variance inflated": ({ runningVar }: BatchNorm2d) => runningVar!.assign(mul(runningVar!, 400).detach()),
      "variance shrunk": ({ runningVar }: BatchNorm2d) => runningVar!.assign(mul(runningVar!, 1 / 400).detach()),
    };
    await fc.assert(
      fc.asyncProperty(
        seeds,
        fc.nat(6),
        fc.constantFrom(...(Object.keys(poisons) as (keyof typeof poisons)[])),
        async (seed, which, poison) => {
          fc.pre(await isHealthy(seed));
          const { net, input, norms } = await calibrated(seed);
          const name = net.namedModules().find(([, module]) => module === norms[which])![0];
          poisons[poison](norms[which]!);
          const comparison = await compareModes(net, input, { tolerance: 0.02 });
          expect(comparison.atFault).toBe(name);
          expect(comparison.firstDiverging).toBe(name);
          expect(layer(comparison, name).cause).toBe("batchStatistics");
          expect(comparison.verdict).toContain(name);
        },
      ),
      { numRuns: 60, examples: [[64264, 5, "mean shifted"]] },
    );
  });

  test("of one poisoned channel, that channel lies farthest", async () => {
    const { net, input, norms } = await calibrated(3);
    norms[4]!.runningMean!.assign(add(norms[4]!.runningMean!, tensor([0, 0, 0, 0, 0, 9, 0, 0])).detach());
    const { statistics } = layer(await compareModes(net, input), "layers.1.bn2");
    const { meanShift } = statistics!;
    expect(meanShift.indexOf(Math.max(...meanShift))).toBe(5);
    expectClose([meanShift[5]!], [9 / Math.sqrt(norms[4]!.runningVar!.dataSync()[5]! + 1e-5)], { rtol: 1e-3 });
    expect(meanShift.filter((shift) => shift > 0.01).length).toBe(1);
  });

  test("dropout only", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        fc.pre(await isHealthy(seed));
        const { net, input } = await calibrated(seed, 0.5);
        const comparison = await compareModes(net, input, { tolerance: 0.02 });
        expect(comparison.firstDiverging).toBe("dropout");
        expect(comparison.atFault).toBe("dropout");
        expect(layer(comparison, "dropout")).toMatchObject({
          cause: "dropout",
          explanation: "drops with probability 0.5 in train mode only",
        });
        expect(layer(comparison, "head").cause).toBe("inherited");
      }),
      { numRuns: 20, examples: [[1048564]] },
    );
  });

  test("a frozen batch norm thawed, one picture at a time", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.nat(6), async (seed, which) => {
        const { net, input, norms } = await calibrated(seed);
        const pictures = slice(input, 0, 0, 5);
        net.freeze();
        expect((await compareModes(net, pictures, { batchSize: 1 })).firstDiverging).toBeNull();
        norms[which]!.unfreeze();
        const name = net.namedModules().find(([, module]) => module === norms[which])![0];
        const comparison = await compareModes(net, pictures, { batchSize: 1 });
        expect([comparison.firstDiverging, comparison.atFault]).toEqual([name, name]);
        expect(comparison.layers.filter(({ own }) => own !== null).map(({ name }) => name)).toEqual([name]);
      }),
      { numRuns: 20 },
    );
  });

  test("a model trained with momentum 0: the first of its batch norms, and the reason", async () => {
    const { net, input, norms } = await calibrated(1);
    for (const norm of norms) {
      norm.resetRunningStats();
      norm.momentum = 0;
    }
    for (let i = 0; i < 5; i++) net.forward(input);
    const comparison = await compareModes(net, input);
    expect(comparison.firstDiverging).toBe("bn1");
    expect(comparison.verdict).toContain("momentum 0 never moves the running ones");
  });

  test("one batch norm with momentum 0 among others", async () => {
    const { net, input, norms } = await calibrated(2);
    norms[3]!.resetRunningStats();
    norms[3]!.momentum = 0;
    net.forward(input);
    expect((await compareModes(net, input, { tolerance: 0.02 })).atFault).toBe("layers.1.bn1");
  });

  test("a network of which nothing can be said: its modes agree", async () => {
    const comparison = await compareModes(new Sequential(new Linear(3, 2), new ReLU()), randn([4, 3]));
    expect(comparison).toMatchObject({
      firstDiverging: null,
      atFault: null,
      changed: 0,
      verdict: "Both modes agree on 4 examples, all at once.",
    });
  });

  test("a module that drops with the functional form is found by its output", async () => {
    class Own extends Linear {
      override forward(input: Tensor): Tensor {
        return super.forward(dropout(input, 0.5, { training: this.training }));
      }
    }
    const comparison = await compareModes(
      new Sequential({ first: new Linear(8, 8), own: new Own(8, 8), last: new Linear(8, 2) }),
      randn([4, 8]),
    );
    expect([comparison.firstDiverging, comparison.atFault]).toEqual(["own", "own"]);
  });
});

eachDevice(() => {
  test("nothing is changed, and what train mode predicts is what it would have predicted", async () => {
    const { net, input } = await calibrated(5, 0.5);
    net.layers.at(1).eval();
    manualSeed("masks");
    const before = stateOf(net);
    const comparison = await compareModes(net, input, { batchSize: 8 });
    expect(stateOf(net)).toEqual(before);
    net.train();
    const train: number[] = [];
    for (let start = 0; start < 32; start += 8) {
      const batch = tensor(input.dataSync().slice(start * 432, (start + 8) * 432) as Float32Array, {
        shape: [8, 3, 12, 12],
      });
      setModeGuard("off");
      const logits = noGrad(() => net.forward(batch)).dataSync();
      for (let i = 0; i < 8; i++) {
        const row = Array.from(logits.subarray(5 * i, 5 * i + 5));
        train.push(row.indexOf(Math.max(...row)));
      }
    }
    expect(comparison.predictions!.train).toEqual(train);
    expect(comparison.changed).toBe(comparison.predictions!.eval.filter((label, i) => label !== train[i]).length / 32);
  });
});

test("nothing is changed either when the network refuses its input, midway", async () => {
  const net = new Sequential(
    new Dropout(0.5, { generator: new Generator(1) }),
    new InstanceNorm2d(2, { trackRunningStats: true }),
    new BatchNorm2d(2),
    new BatchNorm1d(2),
  );
  net.at(2).eval();
  const own = (net.at(0) as Dropout).generator!.getState();
  const input = randn([2, 2, 3, 3]);
  const before = stateOf(net);
  await expect(compareModes(net, input)).rejects.toThrow(/BatchNorm1d/);
  expect(stateOf(net)).toEqual(before);
  expect((net.at(0) as Dropout).generator!.getState()).toEqual(own);
  const hooked = Object.getOwnPropertyNames(net.at(2)).includes("forward");
  expect(hooked).toBe(false);
});

test("one picture of one value per channel is refused as train mode refuses it", async () => {
  await expect(compareModes(new Sequential(new BatchNorm1d(3)), randn([1, 3]))).rejects.toThrow(
    /more than 1 value per channel/,
  );
  await expect(compareModes(new ResidualNet(), randn([2, 3, 8, 8]), { batchSize: 0 })).rejects.toThrow(
    /batchSize must be a positive integer, got 0/,
  );
  await expect(compareModes(new ResidualNet(), tensor([], { shape: [0, 3, 8, 8] }))).rejects.toThrow(
    /at least one example/,
  );
});

test("distances are relative to the smaller output: numbers by hand", async () => {
  // In eval mode y = x; in train mode, mean 2 and biased variance 1 are taken out: −1 and 1.
  const net = new Sequential(new BatchNorm1d(1, { affine: false, eps: 0 }));
  const { layers } = await compareModes(net, tensor([[1], [3]]));
  const [norm] = layers;
  expectClose([norm!.distance, norm!.own!], [Math.sqrt(8 / 2), Math.sqrt(8 / 2)]);
  expectClose(norm!.statistics!.meanShift, [2]);
  expectClose(norm!.statistics!.varianceRatio, [1]);
});

test("the same batch several times over parts no farther than once", async () => {
  const { net, input, norms } = await calibrated(6);
  norms[2]!.runningMean!.assign(add(norms[2]!.runningMean!, 1).detach());
  norms[2]!.runningVar!.assign(mul(norms[2]!.runningVar!, 3).detach());
  const once = await compareModes(net, input);
  const thrice = await compareModes(net, cat([input, input, input]), { batchSize: input.shape[0]! });
  once.layers.forEach(({ distance, own, statistics }, i) => {
    const again = thrice.layers[i]!;
    expectClose([again.distance, again.own ?? -1], [distance, own ?? -1], { rtol: 1e-4, atol: 1e-5 });
    if (statistics === null) return expect(again.statistics).toBeNull();
    for (const name of ["meanShift", "varianceRatio"] as const)
      expectClose(again.statistics![name], statistics[name], { rtol: 1e-4, atol: 1e-5 });
    for (const name of ["meanDrift", "varianceDrift"] as const)
      expect(again.statistics![name]).toBeCloseTo(statistics[name], 4);
  });
});

test("layers that are called twice are told apart", async () => {
  const shared = new BatchNorm1d(2);
  const { layers } = await compareModes(new Sequential(shared, new ReLU(), shared), randn([8, 2]));
  expect(layers.filter(({ kind }) => kind === "BatchNorm1d").map(({ name, call }) => [name, call])).toEqual([
    ["0", 0],
    ["0", 1],
  ]);
});

test("as text and as a picture: every layer that looks at its mode is in both", async () => {
  const { net, input, norms } = await calibrated(7, 0.3);
  norms[2]!.runningMean!.assign(add(norms[2]!.runningMean!, 3).detach());
  const comparison = await compareModes(net, input);
  const svg = comparisonSvg(comparison, { title: "A & B" });
  for (const [name, module] of net.namedModules()) {
    if (!module.modeSensitive) continue;
    expect(String(comparison)).toContain(name);
    expect(svg).toContain(`>${name}<`);
  }
  expect(String(comparison)).toMatch(/layers\.0\.bn2 +BatchNorm2d .*most at fault/);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^]*<\/svg>\n$/);
  expect(svg).toContain("A &amp; B");
  expect(comparisonSvg(comparison, { title: "A\u0001B" })).toContain(">A\uFFFDB<");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test("in the picture bars end at their values on the axis, cells are as full as means are off, and all lies within", () => {
  const layer = { call: 0, statistics: null, explanation: "" };
  const statistics = { meanShift: [0, 0.25, 3], varianceRatio: [1, 1, 1], meanDrift: 1.7, varianceDrift: 0 };
  const comparison: ModeComparison = {
    count: 4,
    batchSize: 4,
    layers: [
      { ...layer, name: "bn", kind: "BatchNorm1d", distance: 1, own: 0.1, cause: "batchStatistics", statistics },
      { ...layer, name: "drop", kind: "Dropout", distance: 0.01, own: 0.001, cause: "dropout" },
    ],
    firstDiverging: "bn",
    atFault: "bn",
    predictions: null,
    changed: null,
    verdict: "word ".repeat(80),
  };
  const svg = comparisonSvg(comparison);
  const elements = (name: string): Record<string, string>[] =>
    Array.from(svg.matchAll(new RegExp(`<${name} ([^>]*[^>/])/?>([^<]*)`, "g")), ([, attributes, content]) => ({
      ...Object.fromEntries(Array.from(attributes!.matchAll(/([\w-]+)="([^"]*)"/g), ([, key, value]) => [key, value])),
      content: content!,
    }));
  const number = (element: Record<string, string>, name: string): number => Number(element[name]);
  const [picture] = elements("svg");
  const [texts, rects, lines] = [elements("text"), elements("rect"), elements("line")];
  const labels = texts.filter((each) => each["text-anchor"] === "middle");
  expect(labels.map(({ content }) => content)).toEqual(["0.001", "0.01", "0.1", "1"]);
  labels.forEach((label, i) => {
    expect(number(label, "x")).toBeCloseTo(number(lines[i]!, "x1"), 0);
    expect(number(label, "y")).toBeLessThanOrEqual(number(lines[i]!, "y1"));
  });
  const endOf = (value: string): number =>
    number(
      labels.find(({ content }) => content === value)!,
      "x",
    );
  const bars = (height: number): number[] =>
    rects
      .filter((each) => number(each, "height") === height && each["width"] !== "10" && !each["stroke"])
      .map((each) => number(each, "x") + number(each, "width"));
  expectClose(bars(8), [endOf("0.1"), endOf("0.001")], { rtol: 0, atol: 0.2 });
  expectClose(bars(3), [endOf("1"), endOf("0.01")], { rtol: 0, atol: 0.2 });
  // Each value stands behind its bar.
  for (const [i, value] of ["0.100", "0.00100"].entries()) {
    const label = texts.find(({ content }) => content === value)!;
    expect(number(label, "x")).toBeGreaterThan(bars(8)[i]!);
  }
  const cells = rects.filter((each) => each["fill-opacity"]);
  expect(cells.map((each) => each["fill-opacity"])).toEqual(["0.00", "0.25", "1.00"]);
  expect(texts.filter((each) => each["font-weight"] === "700").map(({ content }) => content)).toEqual(["bn"]);
  expect(texts.slice(-3).map(({ content }) => content)).toEqual([
    "by itself: batch statistics",
    "by itself: dropout",
    "in all, with what came before (thin)",
  ]);
  // Nothing leaves the picture, rows follow each other, and the verdict ends above the axis.
  for (const each of [...texts, ...rects]) {
    expect(number(each, "x") || 0).toBeGreaterThanOrEqual(0);
    expect((number(each, "x") || 0) + (number(each, "width") || 0)).toBeLessThanOrEqual(number(picture!, "width"));
    expect((number(each, "y") || 0) + (number(each, "height") || 0)).toBeLessThanOrEqual(number(picture!, "height"));
  }
  const rowsAt = ["bn", "drop"].map((name) =>
    number(
      texts.find(({ content }) => content === name)!,
      "y",
    ),
  );
  expect(rowsAt[1]! - rowsAt[0]!).toBeGreaterThanOrEqual(11);
  expect(rowsAt[0]!).toBeGreaterThan(number(labels[0]!, "y"));
  const verdict = texts.filter(({ content }) => content!.startsWith("word"));
  expect(verdict.length).toBe(3);
  for (const line of verdict) expect(number(line, "y")).toBeLessThan(number(labels[0]!, "y") - 9);
});
