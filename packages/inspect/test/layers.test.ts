import { backward } from "@tapegrad/autograd";
import { inspectionHtml, type LayerHistory, type Spread, watchLayers } from "@tapegrad/inspect";
import { BatchNorm1d, compareModes, Linear, Module, registerForwardHook, ReLU, Sequential } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { fromHost, Generator, manualSeed, mean, mul, noGrad, sub, type Tensor } from "@tapegrad/tensor";
import { normals } from "@tapegrad/tensor/random";
import { beforeEach, expect, test, vi } from "vitest";
import { deadShare, spreadOf } from "../src/layers/spread.ts";
import { recordStatistics } from "../src/recorder/record-statistics.ts";

let generator = new Generator(3);
const batch = (): Tensor => fromHost(normals(generator, 24), [8, 3]);
// The same weights and batches whatever other files drew: a bias before a batch norm may get no gradient at all, and then has no update to show.
beforeEach(() => {
  manualSeed(3);
  generator = new Generator(3);
});

interface Made {
  readonly model: Sequential;
  readonly step: () => void;
}

/** A net whose loss is the mean of squares, and a step with it. */
function made(lr = 0.1): Made {
  const model = new Sequential({
    first: new Linear(3, 4),
    norm: new BatchNorm1d(4),
    relu: new ReLU(),
    head: new Linear(4, 2),
  });
  const optimizer = new SGD(model.parameters(), { lr });
  const step = (): void => {
    optimizer.zeroGrad();
    const y = model.forward(batch());
    backward(mean(mul(y, y)));
    optimizer.step();
  };
  return { model, step };
}

const courseOf = ({ layers }: LayerHistory, wanted: string) => layers.find(({ name }) => name === wanted)!;

test("a spread holds quantiles, the root mean square, and the share of what is not finite", () => {
  const values = Array.from({ length: 101 }, (_, i) => i - 50);
  expect(spreadOf(values).quantiles).toEqual([-50, -45, -25, 0, 25, 45, 50]);
  expect(spreadOf(values, true).quantiles[3]).toBe(25);
  expect(spreadOf([3, 4, NaN, Infinity])).toEqual({
    quantiles: [3, 3, 3, 4, 4, 4, 4],
    rms: Math.sqrt(12.5),
    notFinite: 0.5,
  });
  expect(spreadOf([NaN]).quantiles[0]).toBeNaN();
  const many = spreadOf(Array.from({ length: 1e5 }, (_, i) => i));
  expect(many.quantiles[3]! / 5e4).toBeCloseTo(1, 2);
});

test("a unit is dead if its largest value is 0", () => {
  expect(deadShare([0, 1, NaN, 0])).toBe(0.5);
});

test("outputs, gradients and updates of each layer are those of the steps that are measured", async () => {
  const { model, step } = made();
  using watch = watchLayers(model, { every: 3 });
  const head = model.at(3) as Linear;
  let outputs: ArrayLike<number> = [];
  const handle = registerForwardHook(head, (_module, _inputs, output) => {
    outputs = (output as Tensor).dataSync();
  });
  const updates: number[] = [];
  const seen: { readonly output: Spread; readonly gradient: Spread }[] = [];
  for (let i = 0; i < 7; i++) {
    const before = head.weight.dataSync().slice() as Float32Array;
    step();
    const after = head.weight.dataSync();
    const norm = (values: Iterable<number>): number => Math.hypot(...values);
    updates.push(norm(before.map((value, k) => value - after[k]!)) / norm(after));
    // The mean of n squares has the gradient 2y/n.
    const gradient = Array.from(outputs, (y) => (2 * y) / outputs.length);
    seen.push({ output: spreadOf(outputs), gradient: spreadOf(gradient, true) });
  }
  handle.remove();
  const history = await watch.history();
  expect(history.steps).toEqual([1, 3, 6]);
  expect(history.layers.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    "first Linear",
    "norm BatchNorm1d",
    "relu ReLU",
    "head Linear",
  ]);
  const course = courseOf(history, "head");
  for (const [i, at] of [0, 2, 5].entries()) {
    expect(course.activations[i]!.quantiles).toEqual(seen[at]!.output.quantiles);
    expect(course.gradients[i]!.rms).toBeCloseTo(seen[at]!.gradient.rms, 6);
    for (const [k, value] of seen[at]!.gradient.quantiles.entries())
      expect(course.gradients[i]!.quantiles[k]).toBeCloseTo(value, 6);
    expect(history.parameters.find(({ name }) => name === "head.weight")!.updates[i]).toBeCloseTo(updates[at]!, 5);
  }
  expect(course.dead).toEqual([null, null, null]);
});

test("dead units are counted; forward passes without gradients are not watched; nothing is after stop", async () => {
  const { model, step } = made();
  noGrad(() => (model.at(1) as BatchNorm1d).bias!.assign(fromHost(Float32Array.of(-100, 0, -100, -100), [4])));
  const watch = watchLayers(model, { every: 1 });
  noGrad(() => model.forward(batch()));
  step();
  noGrad(() => model.forward(batch()));
  step();
  watch.stop();
  step();
  const history = await watch.history();
  expect(history.steps).toEqual([1, 2]);
  expect(history.layers.map(({ name }) => name)).toEqual(["first", "norm", "relu", "head"]);
  expect(courseOf(history, "relu").dead).toEqual([0.75, 0.75]);
});

test("each call in a pass is watched by itself, and the first pass of a step alone", async () => {
  const { model } = made();
  const relu = new ReLU();
  const twice = new Sequential(relu, model, relu);
  const optimizer = new SGD(twice.parameters(), { lr: 0.1 });
  using watch = watchLayers(twice, { every: 1 });
  optimizer.zeroGrad();
  for (let pass = 0; pass < 2; pass++) backward(mean(twice.forward(batch())));
  optimizer.step();
  const { layers } = await watch.history();
  expect(layers.map(({ name }) => name)).toEqual(["0", "1.first", "1.norm", "1.relu", "1.head", "0, call 2"]);
});

test("a read that fails does not end the program: who asks for the history hears of it", async () => {
  const { model, step } = made();
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  const { device } = model.parameters()[0]!;
  const download = vi.spyOn(device, "download").mockRejectedValue(new Error("device lost"));
  const synchronous = Object.getOwnPropertyDescriptor(device, "synchronous")!;
  Object.defineProperty(device, "synchronous", { ...synchronous, value: false });
  const watch = watchLayers(model, { every: 1 });
  try {
    step();
    await new Promise((resolve) => setTimeout(resolve));
    step();
  } finally {
    Object.defineProperty(device, "synchronous", synchronous);
    download.mockRestore();
    watch.stop();
  }
  await new Promise((resolve) => setTimeout(resolve));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  for (let i = 0; i < 2; i++) await expect(watch.history()).rejects.toThrow("device lost");
});

test("of many measurements a bounded number is kept", async () => {
  const model = new Linear(3, 1);
  const optimizer = new SGD(model.parameters(), { lr: 0.01 });
  using watch = watchLayers(model, { every: 1 });
  for (let i = 0; i < 600; i++) {
    optimizer.zeroGrad();
    backward(mean(model.forward(fromHost(Float32Array.of(1, 2, 3), [1, 3]))));
    optimizer.step();
  }
  const { steps, layers } = await watch.history();
  expect(steps.length).toBeLessThanOrEqual(129);
  expect(steps.at(-1)).toBeGreaterThan(550);
  expect(layers[0]!.activations.length).toBe(steps.length);
});

/** A layer with a name that is markup, which sometimes is not finite. */
class Odd extends Module {
  readonly "<b>" = new Linear(3, 2);

  forward(x: Tensor): Tensor {
    return this["<b>"].forward(x);
  }
}

test("the page shows every part, needs nothing else, and escapes names", async () => {
  const { model, step } = made();
  const recorder = recordStatistics(model);
  const watch = watchLayers(model, { every: 1 });
  for (let i = 0; i < 4; i++) step();
  const comparison = await compareModes(model, batch());
  const html = inspectionHtml({
    title: "A & B",
    recording: recorder.recording(),
    layers: await watch.history(),
    comparison,
  });
  recorder.stop();
  watch.stop();
  for (const title of [
    "Running statistics",
    "Train mode against eval mode",
    "Activations and gradients",
    "Update ratios",
  ])
    expect(html).toContain(`<h2>${title}</h2>`);
  expect(html).toContain("<title>A &amp; B</title>");
  expect(html).not.toMatch(/<script|<link|src="http|url\(|undefined|NaN/);
  expect(html.match(/class="bands"/g)!.length).toBe(4 * 2 + 6);
  const odd = new Odd();
  const optimizer = new SGD(odd.parameters(), { lr: 1e30 });
  using watched = watchLayers(odd, { every: 1 });
  for (let i = 0; i < 3; i++) {
    optimizer.zeroGrad();
    const y = odd.forward(batch());
    backward(mean(mul(y, sub(y, 1))));
    optimizer.step();
  }
  const broken = inspectionHtml({ layers: await watched.history() });
  expect(broken).toContain("&lt;b&gt;");
  expect(broken).not.toMatch(/<b>\s*<|NaN|Infinity/);
  expect(broken).toContain('<span class="mark bad">not finite</span>');
  expect(() => inspectionHtml({})).toThrow("inspectionHtml: expected a");
});
