import * as tapegrad from "@tapegrad/tensor";
import { Generator, ones, randn, tensor } from "@tapegrad/tensor";
import { checkNumber, oneOf, type OptionRules, readOptions } from "@tapegrad/tensor/arguments";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { normals, uniforms } from "@tapegrad/tensor/random";
import { anyOf, describeBadArguments, record, type RightArguments } from "@tapegrad/test-support/bad-arguments";
import { describe, expect, it } from "vitest";
import { conformanceRows } from "./conformance-rows.ts";

const x = (): tapegrad.Tensor => randn([2, 2]);
const image = (): tapegrad.Tensor => randn([1, 2, 4, 4]);
const list = (): tapegrad.Tensor => randn([2]);
const indices = (): tapegrad.Tensor => tensor(new Int32Array([0, 1]));
const square = (): tapegrad.Tensor => tensor(new Int32Array([0, 1, 1, 0]), { shape: [2, 2] });

const ofOne: RightArguments = () => [x()];
const ofTwo: RightArguments = () => [anyOf(x(), 2), anyOf(x(), 2)];
const reduction: RightArguments = () => [x(), anyOf(0, [0, 1]), { keepDim: true }];
const along: RightArguments = () => [x(), 0, { keepDim: true }];
const made = { dtype: "float32", requiresGrad: false };
const convolution = {
  stride: anyOf(1, [1, 1]),
  padding: anyOf(1, [1, 1], "same"),
  dilation: anyOf(1, [1, 1]),
  groups: 1,
};
const pooling = { stride: anyOf(2, [2, 2], null), padding: anyOf(0, [0, 0]), ceilMode: false };

const calls: Readonly<Record<string, RightArguments>> = {
  tensor: () => [anyOf([1, 2], 1), { shape: [2], ...made }],
  fromHost: () => [new Float32Array(2), [2], false],
  full: () => [[2, 3], 1, made],
  zeros: () => [[2, 3], made],
  ones: () => [[2, 3], made],
  zerosLike: ofOne,
  onesLike: ofOne,
  scalar: () => [1, "float32"],
  arange: () => [0, 4, { step: 1, ...made }],
  eye: () => [2, 3, made],
  rand: () => [[2], { requiresGrad: false, generator: new Generator(0) }],
  randn: () => [[2], { requiresGrad: false, generator: new Generator(0) }],
  bernoulli: () => [[2], 0.5, { generator: new Generator(0) }],
  refill: () => [x(), 1],
  refillNormal: () => [x(), { mean: 0, std: 1, generator: new Generator(0) }],
  refillUniform: () => [x(), { low: 0, high: 1, generator: new Generator(0) }],
  equals: () => [x(), x()],
  allClose: () => [x(), x(), { rtol: 1e-5, atol: 1e-8, equalNan: true }],
  Generator: () => [anyOf(0, "seed")],
  manualSeed: () => [anyOf(0, "seed")],

  ...Object.fromEntries(
    [
      ...["add", "sub", "mul", "div", "pow", "maximum", "minimum"],
      ...["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"],
    ].map((name) => [name, ofTwo]),
  ),
  ...Object.fromEntries(
    ["sum", "mean", "prod", "amax", "amin", "sumSquares", "logSumExp"].map((name) => [name, reduction]),
  ),
  ...Object.fromEntries(["max", "min", "argmax", "argmin", "median"].map((name) => [name, along])),
  ...Object.fromEntries(["cumsum", "cumprod"].map((name) => [name, () => [x(), 0]])),
  ...Object.fromEntries(
    ["sort", "argsort"].map((name) => [name, () => [x(), { dim: 0, descending: true, stable: true }]]),
  ),
  topk: () => [x(), 1, { dim: 0, largest: true, sorted: true }],
  kthvalue: () => [x(), 1, 0, { keepDim: true }],
  ...Object.fromEntries(
    ["variance", "std", "varMean"].map((name) => [
      name,
      () => [x(), anyOf(0, [0, 1]), { correction: 1, keepDim: true }],
    ]),
  ),
  norm: () => [x(), { p: anyOf(2, "fro"), dim: anyOf(0, [0, 1], null), keepDim: true }],
  leakyRelu: () => [x(), 0.1],
  elu: () => [x(), 1],
  gelu: () => [x(), { approximate: "tanh" }],
  softplus: () => [x(), { beta: 1, threshold: 20 }],
  clamp: () => [x(), { min: anyOf(0, x()), max: anyOf(1, x()) }],
  cast: () => [x(), "int32"],
  toDevice: () => [x(), record(tapegrad.currentDevice())],
  where: () => [x(), anyOf(x(), 1), anyOf(x(), 1)],

  reshape: () => [x(), [4, 1]],
  flatten: () => [x(), 0, 1],
  squeeze: () => [ones([1, 2]), anyOf(0, [0])],
  unsqueeze: () => [x(), 0],
  permute: () => [x(), [1, 0]],
  transpose: () => [x(), 0, 1],
  broadcastTo: () => [x(), [3, 2, 2]],
  sumTo: () => [x(), [2, 1]],
  slice: () => [x(), 0, 0, 1, 1],
  flip: () => [x(), anyOf(0, [0, 1])],
  pad: () => [
    x(),
    [
      [1, 1],
      [0, 1],
    ],
    { value: 0 },
  ],
  cat: () => [[x(), x()], 0],
  stack: () => [[x(), x()], 0],
  take: () => [x(), [1, 1], { starts: [0, 0], steps: [1, 1] }],
  place: () => [x(), [4, 4], { starts: [0, 0], steps: [2, 2] }, 0],
  indexSelect: () => [x(), 0, indices()],
  gather: () => [x(), 0, square()],
  scatterAdd: () => [x(), 0, square(), x()],
  oneHot: () => [indices(), 3],
  bincount: () => [indices(), { weights: anyOf(ones([2]), null), minLength: 3 }],
  maskedSelect: () => [x(), x()],
  nonzero: ofOne,
  unique: () => [x(), { dim: anyOf(0, null), sorted: true }],

  softmax: () => [x(), 1],
  logSoftmax: () => [x(), 1],
  dropout: () => [x(), 0.5, { training: true, generator: new Generator(0) }],
  dropout2d: () => [image(), 0.5, { training: true, generator: new Generator(0) }],
  applyKeepMask: () => [x(), x(), 0.5],
  batchNorm: () => [
    x(),
    {
      runningMean: anyOf(list(), null),
      runningVar: anyOf(list(), null),
      numBatchesTracked: anyOf(tensor(new Int32Array([0]), { shape: [] }), null),
      weight: anyOf(list(), null),
      bias: anyOf(list(), null),
      training: true,
      momentum: anyOf(0.1, null),
      eps: 1e-5,
    },
  ],
  batchNormGrad: () => [
    x(),
    x(),
    anyOf(list(), null),
    { eps: 1e-5, constant: true, mean: list(), variance: ones([2]), rest: anyOf(list(), null) },
  ],
  crossEntropy: () => [
    x(),
    indices(),
    { weight: anyOf(ones([2]), null), ignoreIndex: -100, reduction: "mean", labelSmoothing: 0.1 },
  ],
  nllLoss: () => [x(), indices(), { weight: anyOf(ones([2]), null), ignoreIndex: -100, reduction: "mean" }],
  matmul: () => [x(), x()],
  einsum: () => ["ij,jk", x(), x()],
  linear: () => [x(), x(), anyOf(list(), null)],
  maxPool2d: () => [image(), anyOf(2, [2, 2]), { ...pooling, dilation: anyOf(1, [1, 1]) }],
  maxPool2dWithIndices: () => [image(), anyOf(2, [2, 2]), { ...pooling, dilation: anyOf(1, [1, 1]) }],
  avgPool2d: () => [image(), anyOf(2, [2, 2]), { ...pooling, countIncludePad: true, divisorOverride: anyOf(2, null) }],
  adaptiveAvgPool2d: () => [image(), anyOf([anyOf(2, null), anyOf(1, null)], 1)],
  conv2d: () => [image(), randn([3, 2, 3, 3]), anyOf(randn([3]), null), convolution],
  conv2dInputGrad: () => [randn([1, 3, 4, 4]), randn([3, 2, 3, 3]), [1, 2, 4, 4], convolution],
  conv2dWeightGrad: () => [randn([1, 3, 4, 4]), image(), [3, 2, 3, 3], convolution],

  useDevice: () => ["wasm"],
  setThreads: () => [1],
  setFusion: () => [true],
  scope: () => [() => 1],
  noGrad: () => [() => 1],
  enableGrad: () => [() => 1],
  profile: () => [() => 1],
  keep: ofOne,
};

/** Errors, what ops and kernels are made of, and functions without arguments. */
const unchecked = [
  ...["DTypeError", "DeviceError", "DisposedError", "FileError", "FormatError", "GradientError", "IndexError"],
  ...["OverlapError", "ShapeError", "TapegradError", "ValueError", "Storage", "Tensor"],
  ...["applyOp", "defineKernel", "defineMultiOp", "defineOp", "launch", "launchOne", "observeOps"],
  ...["adamStep", "sgdStep", "withDevice"],
  ...["broadcastShapes", "checkShape", "normalizeDim", "normalizeDims", "sameShape", "sizeOf", "stridesOf"],
  ...["currentDevice", "defaultGenerator", "destroyDevices", "deviceReport", "isRecording", "memoryStats"],
];

/** Of the other ops, those that their first row of the conformance tests is called with. */
const ofRows = Object.fromEntries(
  conformanceRows
    .filter(({ name }) => !(name in calls) && !unchecked.includes(name))
    .toReversed()
    .map(({ name, inputs, right = () => inputs(new Generator(name)) }) => [name, right]),
);

describe("tensor refuses what plain JavaScript lets through", () => {
  describeBadArguments(tapegrad, { ...calls, ...ofRows }, unchecked);
});

describe("what the table has no call of", () => {
  const wrong = [undefined, {}, [1, 2], "x", NaN, 1e10, Symbol("s"), 5n, Promise.resolve(1), new Map(), true];

  it.each(wrong)("%o where a storage, gradient, device, function or observer is expected", (value) => {
    const make = tapegrad.Tensor as unknown as new (...args: readonly unknown[]) => unknown;
    const leaf = x();
    expect(() => new make(value, [2], "float32")).toThrow(/^Tensor: expected a storage, got .*tensor\(values\)/);
    expect(() => (leaf.grad = value as never)).toThrow(/^grad: expected a tensor or null, got/);
    expect(() => tapegrad.withDevice(value as never, () => 1)).toThrow(/^withDevice: device must be one/);
    expect(() => tapegrad.withDevice(leaf.device, value as never)).toThrow(/^withDevice: fn must be a function/);
    expect(() => tapegrad.observeOps(value as never)).toThrow(/^observeOps: expected what has a method ran, or null/);
    if (value !== true)
      expect(() => (leaf.requiresGrad = value as never)).toThrow(/^requiresGrad: the value must be true or false/);
  });

  it("a gradient on another device", () => {
    const elsewhere = tapegrad.withDevice(new Float64Device(), () => x());
    expect(() => (x().grad = elsewhere)).toThrow("grad: the tensor lives on wasm, the gradient on float64");
  });

  it("sizes that no device could hold", () => {
    const generator = new tapegrad.Generator(0);
    const most = "has more elements than the 1073741824 that a tensor can have";
    for (const make of [
      () => tapegrad.eye(1e10),
      () => tapegrad.arange(1e10),
      () => tapegrad.zeros([2 ** 20, 2 ** 20], { dtype: "int32" }),
      () => tapegrad.oneHot(tensor([1], { dtype: "int32" }), 1e10),
      () =>
        tapegrad.pad(x(), [
          [0, 0],
          [0, 1e10],
        ]),
      () => tapegrad.adaptiveAvgPool2d(image(), 1e10),
      () => generator.permutation(1e10),
      () => normals(generator, 1e10),
      () => uniforms(generator, 1e10),
    ])
      expect(make).toThrow(most);
  });
});

it("a tensor of another copy of the package is told from one of this", () => {
  const foreign = { storage: {}, dtype: "float32", shape: [2] } as never;
  const hint = /got .*a tensor of float32 \[2\] of another copy of @tapegrad\/tensor; install it once/;
  expect(() => tapegrad.add(tapegrad.ones([2]), foreign)).toThrow(hint);
  expect(() => tapegrad.mul(foreign, 2)).toThrow(hint);
  expect(() => tapegrad.sum(foreign)).toThrow(hint);
});

describe("an unknown option is named, with those that there are", () => {
  const refused =
    (options: object): (() => void) =>
    () =>
      tapegrad.conv2d(image(), randn([3, 2, 3, 3]), null, options);

  it("and the one that was probably meant", () => {
    expect(refused({ Padding: 1 })).toThrow(
      "conv2d: unknown option Padding; expected stride, padding, dilation, groups (did you mean padding?)",
    );
    expect(refused({ strides: 1 })).toThrow(/unknown option strides; .* \(did you mean stride\?\)/);
    expect(refused({ bias: 1, dilations: 1 })).toThrow(
      /unknown options bias, dilations; .* \(did you mean dilation\?\)/,
    );
    expect(refused({ bias: 1 })).toThrow(/groups$/);
  });

  it("what has no class is shown by its names", () => {
    const bare = Object.assign(Object.create(null) as object, { dims: 1, keep: 2 });
    expect(() => tapegrad.sum(bare as never)).toThrow("got an object with dims, keep");
  });

  it("where a tensor, a list or null stands in place of the options", () => {
    expect(() => tapegrad.sum(x(), 0, true as never)).toThrow("sum: expected an object of options (keepDim), got true");
    expect(() => tapegrad.sum(x(), 0, null as never)).toThrow("got null");
    expect(() => tapegrad.sum(x(), 0, [1] as never)).toThrow("got [1]");
    expect(() => tapegrad.sum(x(), 0, x() as never)).toThrow("got a tensor of float32 [2, 2]");
  });
});

describe("options are read by their rules", () => {
  interface Options {
    readonly eps?: number;
    readonly affine?: boolean;
    readonly mode?: "a" | "b";
  }
  const rules: OptionRules<Options> = { eps: [1e-5, checkNumber], affine: [true], mode: ["a", oneOf("a", "b")] };

  it("gives what was left out its default", () => {
    expect(readOptions("f", {}, rules)).toEqual({ eps: 1e-5, affine: true, mode: "a" });
    expect(readOptions("f", { eps: undefined, affine: false } as never, rules)).toMatchObject({
      eps: 1e-5,
      affine: false,
    });
  });

  it("names the function and the option", () => {
    expect(() => readOptions("f", { epz: 1 } as Options, rules)).toThrow(
      "f: unknown option epz; expected eps, affine, mode",
    );
    expect(() => readOptions("f", { eps: "1" } as never, rules)).toThrow('f: eps must be a number, got "1"');
    expect(() => readOptions("f", { mode: "c" } as never, rules)).toThrow('f: mode must be "a" or "b", got "c"');
  });

  it("does not compile with a rule that is forgotten, misspelt or of another type", () => {
    const given: Options = {};
    // @ts-expect-error -- mode is forgotten
    readOptions("f", given, { eps: [1e-5], affine: [true] });
    // @ts-expect-error -- there is no option epz
    readOptions("f", given, { eps: [1e-5], affine: [true], mode: ["a"], epz: [1] });
    // @ts-expect-error -- affine is a boolean
    readOptions("f", given, { eps: [1e-5], affine: [1], mode: ["a"] });
    const required: { readonly lr: number } = { lr: 1 };
    expect(readOptions("f", required, { lr: [] }).lr).toBe(1);
  });
});
