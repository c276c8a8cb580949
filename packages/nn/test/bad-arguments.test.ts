import * as nn from "@tapegrad/nn";
import { Buffer, Linear, Module, ReLU, Sequential } from "@tapegrad/nn";
import * as functional from "@tapegrad/nn/functional";
import * as init from "@tapegrad/nn/init";
import * as tensorFunctions from "@tapegrad/tensor";
import {
  Generator,
  IndexError,
  TapegradError,
  Tensor,
  ValueError,
  ones,
  randn,
  tensor,
  withDevice,
} from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { anyOf, beginsWith, describeBadArguments, type RightArguments } from "@tapegrad/test-support/bad-arguments";
import { describe, expect, it } from "vitest";

const x = (): Tensor => randn([2, 2]);
const classes = (): Tensor => tensor(new Int32Array([0, 1]));
const weight = anyOf(ones([2]), null);
const one: RightArguments = () => [x()];
const generator = new Generator(0);
const spatial = anyOf(1, [1, 1]);
const strideOrNull = anyOf(1, [1, 1], null);
const convolution = { stride: spatial, padding: anyOf(0, [1, 1], "same"), dilation: spatial, groups: 1, bias: true };
const norm = { eps: 1e-5, momentum: anyOf(0.1, null), affine: true, trackRunningStats: true };
const patches = { dilation: spatial, padding: anyOf(0, [0, 0]), stride: spatial };
const single = anyOf(1, [1]);
const sequences = (): Tensor => randn([1, 2, 6]);
const none: RightArguments = () => [];

const layers: Readonly<Record<string, RightArguments>> = {
  Linear: () => [2, 3, { bias: true }],
  Conv1d: () => [
    2,
    3,
    anyOf(1, [1]),
    {
      ...{ stride: anyOf(1, [1]), padding: anyOf(0, [0], "same"), dilation: anyOf(1, [1]), groups: 1, bias: true },
      paddingMode: "zeros",
    },
  ],
  Conv2d: () => [2, 3, spatial, { ...convolution, paddingMode: "zeros" }],
  ConvTranspose1d: () => [
    2,
    3,
    anyOf(1, [1]),
    {
      ...{ stride: anyOf(1, [1]), padding: anyOf(0, [0]), dilation: anyOf(1, [1]), groups: 1, bias: true },
      outputPadding: anyOf(0, [0]),
    },
  ],
  ConvTranspose2d: () => [
    2,
    3,
    spatial,
    { ...convolution, padding: anyOf(0, [0, 0]), outputPadding: anyOf(0, [0, 0]) },
  ],
  BatchNorm1d: () => [2, norm],
  BatchNorm2d: () => [2, norm],
  InstanceNorm1d: () => [2, { ...norm, momentum: 0.1 }],
  RMSNorm: () => [anyOf([2], 2), { eps: anyOf(1e-5, null), elementwiseAffine: true }],
  LocalResponseNorm: () => [2, { alpha: 1e-4, beta: 0.75, k: 1 }],
  MaxUnpool1d: () => [single, { stride: anyOf(1, [1], null), padding: anyOf(0, [0]) }],
  MaxUnpool2d: () => [spatial, { stride: strideOrNull, padding: anyOf(0, [0, 0]) }],
  Unfold: () => [spatial, patches],
  Fold: () => [anyOf(4, [4, 4]), spatial, patches],
  InstanceNorm2d: () => [2, { ...norm, momentum: 0.1 }],
  GroupNorm: () => [2, 4, { eps: 1e-5, affine: true }],
  LayerNorm: () => [anyOf([2], 2), { eps: 1e-5, elementwiseAffine: true }],
  Dropout: () => [0.5, { generator }],
  Dropout1d: () => [0.5, { generator }],
  Dropout2d: () => [0.5, { generator }],
  AlphaDropout: () => [0.5, { generator }],
  Embedding: () => [3, 2, { paddingIdx: anyOf(0, null) }],
  Flatten: () => [{ startDim: 1, endDim: -1 }],
  Identity: none,
  MaxPool2d: () => [spatial, { stride: strideOrNull, padding: anyOf(0, [0, 0]), dilation: spatial, ceilMode: false }],
  AvgPool2d: () => [
    spatial,
    {
      ...{ stride: strideOrNull, padding: anyOf(0, [0, 0]), ceilMode: false },
      ...{ countIncludePad: true, divisorOverride: anyOf(2, null) },
    },
  ],
  MaxPool1d: () => [single, { stride: anyOf(1, [1], null), padding: anyOf(0, [0]), dilation: single, ceilMode: false }],
  AvgPool1d: () => [
    single,
    { stride: anyOf(1, [1], null), padding: anyOf(0, [0]), ceilMode: false, countIncludePad: true },
  ],
  LPPool1d: () => [2, single, { stride: anyOf(1, [1], null), ceilMode: false }],
  LPPool2d: () => [2, spatial, { stride: strideOrNull, ceilMode: false }],
  AdaptiveAvgPool1d: () => [single],
  AdaptiveMaxPool1d: () => [single],
  AdaptiveAvgPool2d: () => [anyOf(1, [1, null])],
  AdaptiveMaxPool2d: () => [anyOf(1, [1, null])],
  ZeroPad2d: () => [anyOf(1, [1, 1, 1, 1])],
  ReflectionPad2d: () => [anyOf(1, [1, 1, 1, 1])],
  ReflectionPad1d: () => [anyOf(1, [1, 1])],
  ReplicationPad1d: () => [anyOf(1, [1, 1])],
  ReplicationPad2d: () => [anyOf(1, [1, 1, 1, 1])],
  CircularPad2d: () => [anyOf(1, [1, 1, 1, 1])],
  ConstantPad1d: () => [anyOf(1, [1, 1]), 0.5],
  ConstantPad2d: () => [anyOf(1, [1, 1, 1, 1]), 0.5],
  PixelShuffle: () => [2],
  PixelUnshuffle: () => [2],
  ChannelShuffle: () => [2],
  Unflatten: () => [1, [2, 1]],
  UpsamplingNearest2d: () => [{ scaleFactor: anyOf(2, [2, 2]) }],
  UpsamplingBilinear2d: () => [{ scaleFactor: anyOf(2, [2, 2]) }],
  CosineSimilarity: () => [{ dim: 1, eps: 1e-8 }],
  PairwiseDistance: () => [{ p: 2, eps: 1e-6, keepdim: false }],
  Upsample: () => [{ scaleFactor: anyOf(2, [2, 2]), mode: "bilinear", alignCorners: false }],
  Sequential: () => [anyOf(new ReLU(), {}), new ReLU()],
  ModuleList: () => [[new ReLU()]],
  ModuleDict: () => [anyOf({ head: new ReLU() }, [])],
  Parameter: () => [x(), { requiresGrad: true }],
  Buffer: () => [x(), { persistent: true }],

  ...Object.fromEntries(
    [
      ...["ReLU", "ReLU6", "SiLU", "Sigmoid", "Tanh", "Mish", "SELU", "Hardswish", "Hardsigmoid", "LogSigmoid"],
      ...["Softsign", "Tanhshrink", "Softmax2d"],
    ].map((name) => [name, () => [{}]]),
  ),
  CELU: () => [1],
  ELU: () => [1],
  LeakyReLU: () => [0.01],
  GELU: () => [{ approximate: "tanh" }],
  Hardtanh: () => [{ minVal: -1, maxVal: 1 }],
  PReLU: () => [{ numParameters: 1, init: 0.25 }],
  Softplus: () => [{ beta: 1, threshold: 20 }],
  Softmax: () => [1],
  LogSoftmax: () => [1],
  Softmin: () => [1],
  GLU: () => [-1],
  Threshold: () => [0.5, 20],
  Hardshrink: () => [0.5],
  Softshrink: () => [0.5],

  MSELoss: () => [{ reduction: "mean" }],
  L1Loss: () => [{ reduction: "mean" }],
  SmoothL1Loss: () => [{ beta: 1, reduction: "mean" }],
  HuberLoss: () => [{ delta: 1, reduction: "mean" }],
  BCELoss: () => [{ weight, reduction: "mean" }],
  BCEWithLogitsLoss: () => [{ weight, posWeight: weight, reduction: "mean" }],
  KLDivLoss: () => [{ reduction: "batchmean", logTarget: false }],
  MarginRankingLoss: () => [{ margin: 0, reduction: "mean" }],
  HingeEmbeddingLoss: () => [{ margin: 1, reduction: "mean" }],
  CosineEmbeddingLoss: () => [{ margin: 0, reduction: "mean" }],
  TripletMarginLoss: () => [{ margin: 1, p: 2, eps: 1e-6, swap: false, reduction: "mean" }],
  MultiMarginLoss: () => [{ p: 1, margin: 1, weight, reduction: "mean" }],
  MultiLabelMarginLoss: () => [{ reduction: "mean" }],
  MultiLabelSoftMarginLoss: () => [{ weight, reduction: "mean" }],
  SoftMarginLoss: () => [{ reduction: "mean" }],
  PoissonNLLLoss: () => [{ logInput: true, full: false, eps: 1e-8, reduction: "mean" }],
  GaussianNLLLoss: () => [{ full: false, eps: 1e-6, reduction: "mean" }],
  NLLLoss: () => [{ weight, ignoreIndex: -100, reduction: "mean" }],
  CrossEntropyLoss: () => [{ weight, ignoreIndex: -100, labelSmoothing: 0.1, reduction: "mean" }],
};

const tools: Readonly<Record<string, RightArguments>> = {
  weightNorm: () => [new Linear(2, 2), { name: "weight", dim: anyOf(0, null), keys: "suffixes" }],
  spectralNorm: () => [
    new Linear(2, 2),
    { name: "weight", nPowerIterations: 1, eps: 1e-12, dim: anyOf(0, null), keys: "suffixes" },
  ],
  inspectModes: () => [new Linear(2, 2)],
  fuseConvBatchNorm: () => [new nn.Conv2d(2, 2, 1).eval(), new nn.BatchNorm2d(2).eval()],
  evaluating: () => [new Linear(2, 2), () => 1],
  training: () => [new Linear(2, 2), () => 1],
  withoutModeGuard: () => [() => 1],
  registerForwardPreHook: () => [new Linear(2, 2), () => undefined],
  registerForwardHook: () => [new Linear(2, 2), () => undefined, { alwaysCall: false }],
  registerFullBackwardHook: () => [new Linear(2, 2), () => undefined],
};

/** What is no layer: base classes, errors, and functions whose errors name a layer inside the model. */
const unchecked = [
  ...["BatchNorm", "Convolution", "ConvTranspose", "InstanceNorm", "Module", "ModeError", "StateDictError"],
  ...[
    "compareModes",
    "comparisonSvg",
    "foldBatchNorm",
    "replaceModules",
    "setModeGuard",
    "statisticsDrift",
    "summary",
    "updateBatchNorm",
  ],
];

const functions: Readonly<Record<string, RightArguments>> = {
  mseLoss: () => [x(), x(), { reduction: "mean" }],
  l1Loss: () => [x(), x(), { reduction: "mean" }],
  smoothL1Loss: () => [x(), x(), { beta: 1, reduction: "mean" }],
  huberLoss: () => [x(), x(), { delta: 1, reduction: "mean" }],
  bceWithLogitsLoss: () => [x(), x(), { weight, posWeight: weight, reduction: "mean" }],
  crossEntropy: () => [x(), classes(), { weight, ignoreIndex: -100, labelSmoothing: 0.1, reduction: "mean" }],
  nllLoss: () => [x(), classes(), { weight, ignoreIndex: -100, reduction: "mean" }],
  hardtanh: () => [x(), { minVal: -1, maxVal: 1 }],
  klDivLoss: () => [x(), x(), { reduction: "batchmean", logTarget: false }],
  embedding: () => [classes(), x(), { paddingIdx: anyOf(0, null) }],
  pixelShuffle: () => [randn([4, 2, 2]), 2],
  pixelUnshuffle: () => [randn([1, 4, 4]), 2],
  channelShuffle: () => [randn([1, 4, 2]), 2],
  unflatten: () => [x(), 1, [2, 1]],
  dropout1d: () => [sequences(), 0.5, { training: true, generator }],
  alphaDropout: () => [x(), 0.5, { training: true, generator }],
  maxPool1d: () => [
    sequences(),
    single,
    { stride: anyOf(1, [1], null), padding: anyOf(0, [0]), dilation: single, ceilMode: false },
  ],
  maxPool1dWithIndices: () => [
    sequences(),
    single,
    { stride: anyOf(1, [1], null), padding: anyOf(0, [0]), dilation: single, ceilMode: false },
  ],
  avgPool1d: () => [
    sequences(),
    single,
    { stride: anyOf(1, [1], null), padding: anyOf(0, [0]), ceilMode: false, countIncludePad: true },
  ],
  lpPool1d: () => [sequences(), 2, single, { stride: anyOf(1, [1], null), ceilMode: false }],
  lpPool2d: () => [randn([1, 2, 4, 4]), 2, spatial, { stride: strideOrNull, ceilMode: false }],
  adaptiveAvgPool1d: () => [sequences(), single],
  adaptiveMaxPool1d: () => [sequences(), single],
  adaptiveMaxPool1dWithIndices: () => [sequences(), single],
  localResponseNorm: () => [sequences(), 2, { alpha: 1e-4, beta: 0.75, k: 1 }],
  maxUnpool1d: () => [
    ones([1, 2, 1]),
    tensor(new Int32Array([0, 0]), { shape: [1, 2, 1] }),
    anyOf(2, [2]),
    { stride: anyOf(1, [1], null), padding: anyOf(0, [0]), outputSize: anyOf(2, [2], null) },
  ],
  maxUnpool2d: () => [
    ones([1, 2, 1, 1]),
    tensor(new Int32Array([0, 0]), { shape: [1, 2, 1, 1] }),
    anyOf(2, [2, 2]),
    { stride: strideOrNull, padding: anyOf(0, [0, 0]), outputSize: anyOf(2, [2, 2], null) },
  ],
  conv1d: () => [
    sequences(),
    randn([2, 2, 3]),
    anyOf(ones([2]), null),
    { stride: single, padding: anyOf(0, [0], "same"), dilation: single, groups: 1 },
  ],
  convTranspose1d: () => [
    sequences(),
    randn([2, 3, 2]),
    anyOf(ones([3]), null),
    { stride: single, padding: anyOf(0, [0]), outputPadding: anyOf(0, [0]), dilation: single, groups: 1 },
  ],
  convTranspose2d: () => [
    randn([1, 2, 4, 4]),
    randn([2, 3, 2, 2]),
    anyOf(ones([3]), null),
    { stride: spatial, padding: anyOf(0, [0, 0]), outputPadding: anyOf(0, [0, 0]), dilation: spatial, groups: 1 },
  ],
  layerNorm: () => [x(), anyOf([2], 2), { weight, bias: weight, eps: 1e-5 }],
  rmsNorm: () => [x(), anyOf([2], 2), { weight, eps: anyOf(1e-5, null) }],
  groupNorm: () => [sequences(), 1, { weight, bias: weight, eps: 1e-5 }],
  instanceNorm: () => [
    sequences(),
    { runningMean: weight, runningVar: weight, weight, bias: weight, useInputStats: true, momentum: 0.1, eps: 1e-5 },
  ],
  unfold: () => [randn([1, 2, 4, 4]), spatial, patches],
  fold: () => [randn([1, 2, 16]), anyOf(4, [4, 4]), spatial, patches],
  gridSample: () => [
    randn([1, 2, 4, 4]),
    randn([1, 2, 2, 2]),
    { mode: "bilinear", paddingMode: "zeros", alignCorners: false },
  ],
  affineGrid: () => [randn([1, 2, 3]), [1, 2, 4, 4], { alignCorners: false }],
  softmin: () => [x(), 1],
  glu: () => [x(), -1],
  threshold: () => [x(), 0.5, 20],
  hardshrink: () => [x(), 0.5],
  softshrink: () => [x(), 0.5],
  tanhshrink: one,
  cosineSimilarity: () => [x(), x(), { dim: 1, eps: 1e-8 }],
  pairwiseDistance: () => [x(), x(), { p: 2, eps: 1e-6, keepdim: false }],
  normalize: () => [x(), { p: 2, dim: anyOf(1, [1]), eps: 1e-12 }],
  marginRankingLoss: () => [x(), x(), x(), { margin: 0, reduction: "mean" }],
  hingeEmbeddingLoss: () => [x(), x(), { margin: 1, reduction: "mean" }],
  cosineEmbeddingLoss: () => [x(), x(), ones([2]), { margin: 0, reduction: "mean" }],
  tripletMarginLoss: () => [x(), x(), x(), { margin: 1, p: 2, eps: 1e-6, swap: false, reduction: "mean" }],
  multiMarginLoss: () => [x(), classes(), { p: 1, margin: 1, weight, reduction: "mean" }],
  multiLabelMarginLoss: () => [ones([2]), classes(), { reduction: "mean" }],
  multiLabelSoftMarginLoss: () => [x(), x(), { weight, reduction: "mean" }],
  softMarginLoss: () => [x(), x(), { reduction: "mean" }],
  poissonNLLLoss: () => [x(), x(), { logInput: true, full: false, eps: 1e-8, reduction: "mean" }],
  gaussianNLLLoss: () => [x(), x(), ones([2, 2]), { full: false, eps: 1e-6, reduction: "mean" }],
  ...Object.fromEntries(
    ["softsign", "relu6", "selu", "mish", "hardsigmoid", "hardswish", "logSigmoid"].map((name) => [name, one]),
  ),
  celu: () => [x(), 1],
  prelu: () => [x(), ones([1])],
  bceLoss: () => [ones([2]), ones([2]), { weight, reduction: "mean" }],
  adaptiveMaxPool2d: () => [randn([1, 2, 4, 4]), anyOf(2, [1, null])],
  adaptiveMaxPool2dWithIndices: () => [randn([1, 2, 4, 4]), anyOf(2, [1, null])],
  interpolate: () => [randn([1, 2, 4, 4]), { scaleFactor: anyOf(2, [2, 2]), mode: "bilinear", alignCorners: false }],
  padBorder: () => [x(), [[1, 1]], { mode: "reflect", value: 0 }],
};

const initialisers: Readonly<Record<string, RightArguments>> = {
  zeros: one,
  ones: one,
  constant: () => [x(), 1],
  uniform: () => [x(), { low: 0, high: 1, generator }],
  normal: () => [x(), { mean: 0, std: 1, generator }],
  truncatedNormal: () => [x(), { mean: 0, std: 1, low: -2, high: 2, generator }],
  kaimingUniform: () => [x(), { a: 0, mode: "fanIn", nonlinearity: "leakyRelu", generator }],
  kaimingNormal: () => [x(), { a: 0, mode: "fanIn", nonlinearity: "leakyRelu", generator }],
  xavierUniform: () => [x(), { gain: 1, generator }],
  xavierNormal: () => [x(), { gain: 1, generator }],
  orthogonal: () => [x(), { gain: 1, generator }],
  dirac: () => [randn([2, 2, 3]), { groups: 1 }],
  identity: one,
  calculateGain: () => ["leakyRelu", 0.1],
};

describe("layers refuse what plain JavaScript lets through", () => {
  describeBadArguments(nn, { ...layers, ...tools }, unchecked);
});

describe("functions that run whole models refuse what is no model, input, loader or option", () => {
  const model = new Linear(2, 2);
  const wrong: never[] = [undefined, null, 3, NaN, "a", {}, true, [undefined], new Set()] as never[];
  const calls: Readonly<Record<string, (value: never) => unknown>> = {
    "compareModes: model": (value) => nn.compareModes(value, x()),
    "compareModes: input": (value) => nn.compareModes(model, value),
    "compareModes: batchSize": (value) => nn.compareModes(model, x(), { batchSize: value ?? "none" }),
    "compareModes: tolerance": (value) => nn.compareModes(model, x(), { tolerance: value ?? "none" }),
    "foldBatchNorm: model": (value) => nn.foldBatchNorm(value),
    "replaceModules: model": (value) => nn.replaceModules(value, new Map()),
    "statisticsDrift: model": (value) => nn.statisticsDrift(value, [x()]),
    "statisticsDrift: loader": (value) => nn.statisticsDrift(model, value),
    "summary: model": (value) => nn.summary(value, [1, 2]),
    "summary: input": (value) => nn.summary(model, value),
    "updateBatchNorm: model": (value) => nn.updateBatchNorm(value, [x()]),
    "updateBatchNorm: loader": (value) => nn.updateBatchNorm(model, value),
    "updateBatchNorm: batch": (value) => nn.updateBatchNorm(model, [value]),
    "updateBatchNorm: maxBatches": (value) => nn.updateBatchNorm(model, [x()], { maxBatches: value ?? 1.5 }),
  };

  it.each(Object.keys(calls))("%s", async (name) => {
    for (const value of wrong) {
      const call = async (): Promise<unknown> => calls[name]!(value);
      if (value === 3 && /batchSize|tolerance|maxBatches/.test(name)) continue;
      await expect(call(), `${name} ${String(value)}`).rejects.toThrow(TapegradError);
    }
  });
});

describe("functions of nn refuse what plain JavaScript lets through", () => {
  const ofTensor = Object.keys(functional).filter((name) => !(name in functions) && name in tensorFunctions);
  describeBadArguments(functional, functions, ofTensor);
});

describe("initialisers refuse what plain JavaScript lets through", () => {
  describeBadArguments(init, initialisers, []);
});

describe("forward refuses what is no tensor", () => {
  const made = Object.entries(layers)
    .filter(([name]) => !["Identity", "Parameter", "Buffer", "ModuleList", "ModuleDict"].includes(name))
    .map(([name]) => name);

  it.each(made)("%s", (name) => {
    const layer = make(name);
    for (const wrong of [undefined, null, 3, NaN, "a", {}, [], [1, 2]]) {
      expect(() => layer.forward(wrong, wrong), String(wrong)).toThrow(TapegradError);
    }
  });

  it.each(made)("%s takes any tensor or refuses it by name", (name) => {
    const layer = make(name);
    const ofInts = [
      classes(),
      tensor(new Int32Array(4), { shape: [2, 2] }),
      tensor(new Int32Array(8), { shape: [1, 2, 2, 2] }),
    ];
    const shapes = [
      [],
      [1],
      [3],
      [0],
      [2, 2],
      [2, 3],
      [0, 2],
      [2, 2, 2],
      [1, 2, 1],
      [1, 3, 3],
      [1, 2, 1, 1],
      [1, 2, 3, 0],
      [2, 2, 4, 4],
    ];
    const tensors = [...ofInts, ...shapes.map((shape) => ones(shape)), ones([1, 1, 1, 1, 1, 2])];
    tensors.push(...withDevice(new Float64Device(), () => [ones([2, 2]), ones([1, 2, 4]), ones([1, 2, 4, 4])]));
    const complaints: string[] = [];
    for (const input of tensors) {
      for (const target of tensors) {
        try {
          layer.forward(input, target);
        } catch (error) {
          if (!(error instanceof TapegradError)) throw error;
          if (!beginsWith(error.message, name)) complaints.push(error.message);
        }
      }
    }
    expect([...new Set(complaints)]).toEqual([]);
  });
});

/** A layer made rightly. */
function make(name: string): { forward(...inputs: readonly unknown[]): unknown } {
  const plain = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if ("alternatives" in value) return plain((value.alternatives as readonly unknown[])[0]);
    if (Array.isArray(value)) return value.map(plain);
    if (value instanceof Tensor || value instanceof Module || value instanceof Generator) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  };
  const Layer = (nn as unknown as Readonly<Record<string, new (...args: readonly unknown[]) => never>>)[name]!;
  return new Layer(...(plain(layers[name]!()) as readonly unknown[]));
}

describe("layers without options", () => {
  it("do not accept torch's inplace", () => {
    const Layer = ReLU as unknown as new (options: unknown) => ReLU;
    expect(() => new Layer({ inplace: true })).toThrow("ReLU: unknown option inplace; expected none");
    expect(() => new Layer(true)).toThrow("ReLU: expected no options, got true");
  });
});

describe("a model", () => {
  it("refuses a state dict that is none", () => {
    const model = new Linear(2, 2);
    for (const wrong of [undefined, null, 3, "a", [1]]) {
      expect(() => model.loadStateDict(wrong as never), String(wrong)).toThrow(TapegradError);
    }
    expect(() => model.loadStateDict(model.stateDict(), { strickt: false } as object)).toThrow(/did you mean strict\?/);
    expect(new Buffer(x()).requiresGrad).toBe(false);
  });
});

it.each([null, {}, [1], "x", NaN, 1e10, Symbol("s"), 5n])("methods of models refuse %o", (value) => {
  const model = new Sequential(new Linear(2, 2));
  const list = new nn.ModuleList([model]);
  const wrong = value as never;
  expect(() => model.at(wrong)).toThrow(typeof value === "number" && value > 1 ? IndexError : ValueError);
  expect(() => list.at(wrong)).toThrow(typeof value === "number" && value > 1 ? IndexError : ValueError);
  expect(() => model.train(wrong)).toThrow("train: mode must be true or false");
  expect(() => model.requireGrad(wrong)).toThrow("requireGrad: wanted must be true or false");
  expect(() => model.apply(wrong)).toThrow("apply: fn must be a function");
  expect(() => nn.setModeGuard(wrong)).toThrow('setModeGuard: expected "warn", "error" or "off", got');
  expect(() => nn.comparisonSvg(wrong)).toThrow("comparisonSvg: expected what compareModes gave, got");
});

it("a border of which only some sides are pairs is refused", () => {
  const border = [[1, 1], [1]] as unknown as [number, number][];
  expect(() => functional.padBorder(x(), border)).toThrow(
    /^padBorder: border must be a list of pairs \[before, after\], got/,
  );
});
