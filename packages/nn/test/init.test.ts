import { Conv2d, ConvTranspose2d, Embedding, init, Linear } from "@tapegrad/nn";
import { DTypeError, Generator, manualSeed, ShapeError, type Tensor, ValueError, zeros } from "@tapegrad/tensor";
import { loadGolden } from "@tapegrad/test-support";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

interface LayerFacts {
  readonly weightShape: readonly number[];
  readonly fanIn: number;
  readonly fanOut: number;
  readonly weightBound_kaiming_uniform_a_sqrt5: number;
  readonly biasBound: number;
  readonly xavierUniformBound: number;
  readonly xavierNormalStd: number;
  readonly kaimingNormalStd_relu_fanOut: number;
}

const golden = loadGolden("init_facts", "init");
const facts = Object.entries(golden.layers as Readonly<Record<string, LayerFacts>>);

/** Draws many values and tells their largest magnitude and their standard deviation about 0. */
function spreadOf(
  shape: readonly number[],
  draw: (weight: Tensor) => unknown,
  times = 400,
): { bound: number; std: number; count: number } {
  let [bound, squares, count] = [0, 0, 0];
  for (let i = 0; i < times; i++) {
    const weight = zeros(shape);
    draw(weight);
    for (const value of weight.dataSync()) {
      bound = Math.max(bound, Math.abs(value));
      squares += value * value;
      count++;
    }
  }
  return { bound, std: Math.sqrt(squares / count), count };
}

/** A uniform sample of that size all but reaches its bound, and never exceeds it. */
function expectUniform({ bound, std, count }: ReturnType<typeof spreadOf>, expected: number): void {
  expect(bound).toBeLessThanOrEqual(Math.fround(expected) * (1 + 2 ** -23));
  expect(bound).toBeGreaterThan(expected * (1 - 20 / count));
  expectClose([std], [expected / Math.sqrt(3)], { rtol: 5 / Math.sqrt(count) });
}

eachDevice(() => {
  test.each(facts)("%s: Kaiming and Xavier spread as PyTorch's do", (_, layer) => {
    const generator = new Generator(1);
    const shape = layer.weightShape;
    const kaiming = spreadOf(shape, (weight) => init.kaimingUniform(weight, { a: Math.sqrt(5), generator }));
    expectUniform(kaiming, layer.weightBound_kaiming_uniform_a_sqrt5);
    expectUniform(
      spreadOf(shape, (weight) => init.xavierUniform(weight, { generator })),
      layer.xavierUniformBound,
    );
    const normal = spreadOf(shape, (weight) => init.xavierNormal(weight, { generator }));
    expectClose([normal.std], [layer.xavierNormalStd], { rtol: 5 / Math.sqrt(2 * normal.count) });
    const relu = spreadOf(shape, (weight) =>
      init.kaimingNormal(weight, { mode: "fanOut", nonlinearity: "relu", generator }),
    );
    expectClose([relu.std], [layer.kaimingNormalStd_relu_fanOut], { rtol: 5 / Math.sqrt(2 * relu.count) });
  });
}, ["wasm", "gpu:webasm"]);

test("layers draw weight and bias from U(±1/√fanIn), as in PyTorch", () => {
  manualSeed(2);
  const makers = {
    "Linear(5,3)": () => new Linear(5, 3),
    "Conv2d(3,4,3)": () => new Conv2d(3, 4, 3),
    "Conv2d(4,6,(3,2),groups=2)": () => new Conv2d(4, 6, [3, 2], { groups: 2 }),
  };
  for (const [name, make] of Object.entries(makers)) {
    const {
      weightShape,
      weightBound_kaiming_uniform_a_sqrt5: weightBound,
      biasBound,
    } = Object.fromEntries(facts)[name]!;
    expect(make().weight.shape).toEqual(weightShape);
    expectUniform(
      spreadOf(weightShape, (weight) => weight.assign(make().weight.detach())),
      weightBound,
    );
    expectUniform(
      spreadOf([weightShape[0]!], (bias) => bias.assign(make().bias!.detach())),
      biasBound,
    );
  }
  // The fan of a transposed convolution counts its outputs, as torch's does.
  expectUniform(
    spreadOf([8], (bias) => bias.assign(new ConvTranspose2d(2, 8, 3).bias!.detach())),
    1 / Math.sqrt(8 * 9),
  );
});

test("gains are PyTorch's", () => {
  for (const [name, gain] of Object.entries(golden.gains)) {
    expectClose([init.calculateGain(name as init.Nonlinearity)], [gain], { rtol: 1e-9, atol: 0 });
  }
  expect(init.calculateGain("convTranspose3d")).toBe(1);
  expect(() => init.calculateGain("conv4d" as "conv3d")).toThrow('unknown nonlinearity "conv4d"');
  expectClose([init.calculateGain("leakyRelu")], [1.414142857], { rtol: 1e-9, atol: 0 });
  expectClose([init.calculateGain("leakyRelu", Math.sqrt(5))], [0.5773502692], { rtol: 1e-9, atol: 0 });
});

test("the same seed gives the same weights, the next layer others", () => {
  manualSeed(7);
  const [first, second] = [new Linear(3, 4).weight.dataSync(), new Linear(3, 4).weight.dataSync()];
  manualSeed(7);
  expect(new Linear(3, 4).weight.dataSync()).toEqual(first);
  expect(second).not.toEqual(first);
});

test("uniform, normal and constant fill with what they say", () => {
  const generator = new Generator(3);
  const uniform = init.uniform(zeros([20_000]), { low: 2, high: 5, generator }).dataSync();
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...uniform)).toBeLessThan(5);
  expectClose([meanOf(uniform)], [3.5], { atol: 0.03 });
  const normal = init.normal(zeros([20_000]), { mean: -1, std: 3, generator }).dataSync();
  expectClose([meanOf(normal), stdOf(normal)], [-1, 3], { atol: 0.1 });
  expect(new Set(init.constant(zeros([9]), 2.5).dataSync())).toEqual(new Set([2.5]));
});

test("a truncated normal has the moments of the cut-off density", () => {
  const values = init.truncatedNormal(zeros([100_000]), { generator: new Generator(4) }).dataSync();
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(2);
  // Variance 1 − 2·2φ(2)/(2Φ(2) − 1) of a standard normal cut off at ±2.
  expectClose([meanOf(values), stdOf(values)], [0, Math.sqrt(0.7737413)], { atol: 0.01 });
  const tail = init
    .truncatedNormal(zeros([10_000]), { mean: 1, std: 2, low: 4, high: 100, generator: new Generator(5) })
    .dataSync();
  expect(Math.min(...tail)).toBeGreaterThanOrEqual(4);
  // Mean 1 + 2·φ(1.5)/(1 − Φ(1.5)).
  expectClose([meanOf(tail)], [1 + (2 * 0.1295176) / 0.0668072], { rtol: 0.01 });
  const far = init.truncatedNormal(zeros([10_000]), { low: 2.8, high: 3.2, generator: new Generator(6) }).dataSync();
  expect(Math.max(...far)).toBeGreaterThan(3.19);
  expect(Math.max(...far)).toBeLessThanOrEqual(3.2);
});

test("orthogonal matrices have orthonormal rows or columns, whichever are fewer", () => {
  for (const shape of [
    [3, 7],
    [7, 3],
    [4, 4],
    [2, 3, 2, 2],
    [1, 5],
  ]) {
    const rows = shape[0]!;
    const q = init.orthogonal(zeros(shape), { gain: 2, generator: new Generator(6) }).dataSync();
    const columns = q.length / rows;
    const at = (i: number, j: number): number => q[i * columns + j]!;
    const count = Math.min(rows, columns);
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) {
        let overlap = 0;
        for (let k = 0; k < Math.max(rows, columns); k++)
          overlap += rows <= columns ? at(a, k) * at(b, k) : at(k, a) * at(k, b);
        expectClose([overlap], [a === b ? 4 : 0], { atol: 1e-5 });
      }
    }
  }
});

test("identity and dirac pass channels on unchanged", () => {
  expect([...init.identity(zeros([2, 3])).dataSync()]).toEqual([1, 0, 0, 0, 1, 0]);
  const [first, second] = [
    [0, 1, 0, 0, 0, 0],
    [0, 0, 0, 0, 1, 0],
  ];
  expect([...init.dirac(zeros([4, 2, 3]), { groups: 2 }).dataSync()]).toEqual([first, second, first, second].flat());
});

test("the row of an embedding's padding index is zero", () => {
  const { weight } = new Embedding(4, 3, { paddingIdx: -2 });
  const rows = weight.dataSync();
  expect(Array.from(rows.slice(6, 9))).toEqual([0, 0, 0]);
  expect([...rows].filter((value) => value === 0)).toHaveLength(3);
});

describe("bad arguments", () => {
  test("are refused with what was expected", () => {
    expect(() => init.kaimingUniform(zeros([3]))).toThrow(ShapeError);
    expect(() => init.xavierNormal(zeros([3]))).toThrow(
      /xavierNormal: a fan takes a weight of at least two axes, got shape \[3\]/,
    );
    expect(() => init.uniform(zeros([3]), { low: 1, high: 0 })).toThrow(ValueError);
    expect(() => init.normal(zeros([3]), { std: -1 })).toThrow(ValueError);
    expect(() => init.truncatedNormal(zeros([3]), { low: 2, high: 1 })).toThrow(ValueError);
    expect(() => init.constant(zeros([3], { dtype: "int32" }), 1)).toThrow(DTypeError);
    expect(() => init.calculateGain("swish" as "relu")).toThrow(/unknown nonlinearity "swish"/);
    expect(() => init.kaimingNormal(zeros([2, 2]), { mode: "fan_in" as "fanIn" })).toThrow(
      /mode must be "fanIn" or "fanOut"/,
    );
    expect(() => init.dirac(zeros([2, 2]))).toThrow(ShapeError);
    expect(() => init.dirac(zeros([3, 2, 3]), { groups: 2 })).toThrow(/groups must divide the 3 output channels/);
    expect(() => init.dirac(zeros([3, 2, 3]), { groups: -1 })).toThrow(/groups must divide the 3 output .*, got -1/);
  });
});

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

function stdOf(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  return Math.sqrt(Array.from(values).reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
