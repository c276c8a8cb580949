import {
  AdaptiveMaxPool2d,
  AvgPool2d,
  CELU,
  Conv1d,
  Conv2d,
  ConvTranspose2d,
  CrossEntropyLoss,
  Embedding,
  Flatten,
  functional,
  GELU,
  GroupNorm,
  Hardtanh,
  HuberLoss,
  InstanceNorm2d,
  KLDivLoss,
  LayerNorm,
  Linear,
  MaxPool2d,
  MSELoss,
  NLLLoss,
  PixelShuffle,
  PReLU,
  ReflectionPad2d,
  SmoothL1Loss,
  Softplus,
  Upsample,
  ZeroPad2d,
} from "@tapegrad/nn";
import { ones, tensor } from "@tapegrad/tensor";
import { describe, expect, test } from "vitest";

describe("arguments out of range and unknown options are refused at construction", () => {
  const constructions: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      "Conv2d stride 0",
      () => new Conv2d(1, 1, 3, { stride: 0 }),
      /stride must be a positive integer or a pair of them, got 0/,
    ],
    [
      "Conv2d kernel of three",
      () => new Conv2d(1, 1, [1, 2, 3]),
      /kernelSize must be a positive integer or a pair of them, got \[1, 2, 3\]/,
    ],
    [
      "Conv2d negative padding",
      () => new Conv2d(1, 1, 3, { padding: -1 }),
      /padding must be a non-negative integer or a pair of them, got -1/,
    ],
    ["Conv2d fractional channels", () => new Conv2d(1.5, 1, 3), /inChannels must be a positive integer, got 1.5/],
    ["Conv2d misspelt option", () => new Conv2d(1, 1, 3, { pading: 1 } as object), /Conv2d: unknown option pading/],
    [
      "Conv2d two unknown options",
      () => new Conv2d(1, 1, 3, { device: 1, dtype: 2 } as object),
      /unknown options device, dtype/,
    ],
    ["Conv1d kernel pair", () => new Conv1d(1, 1, [3, 3]), /kernelSize must be a positive integer, got \[3, 3\]/],
    ["ConvTranspose2d output padding", () => new ConvTranspose2d(1, 1, 3, { outputPadding: 1 }), /outputPadding/],
    ["Linear size 0", () => new Linear(0, 3), /inFeatures must be a positive integer, got 0/],
    ["Linear option", () => new Linear(1, 3, { device: "cpu" } as object), /Linear: unknown option device/],
    ["GroupNorm groups", () => new GroupNorm(3, 4), /numChannels must be divisible by groups, got 4 and 3/],
    ["GroupNorm eps", () => new GroupNorm(2, 4, { eps: -1 }), /eps must be a finite number, not negative, got -1/],
    ["LayerNorm shape", () => new LayerNorm([]), /normalizedShape must consist of positive integers/],
    ["InstanceNorm2d momentum", () => new InstanceNorm2d(2, { momentum: NaN }), /momentum must be a number/],
    ["MaxPool2d option", () => new MaxPool2d(2, { returnIndices: true } as object), /unknown option returnIndices/],
    ["AvgPool2d option", () => new AvgPool2d(2, { dilation: 2 } as object), /unknown option dilation/],
    ["Flatten option", () => new Flatten({ start: 2 } as object), /unknown option start/],
    ["GELU form", () => new GELU({ approximate: "erf" as "none" }), /approximate must be "none" or "tanh", got "erf"/],
    ["Hardtanh bounds", () => new Hardtanh({ minVal: 1, maxVal: 1 }), /minVal must be below maxVal/],
    ["CELU alpha", () => new CELU(0).forward(ones([1])), /alpha must be finite and not zero/],
    ["Softplus option", () => new Softplus({ alpha: 2 } as object), /unknown option alpha/],
    ["PReLU option", () => new PReLU({ numParameters: 0 }), /numParameters must be a positive integer/],
    [
      "Embedding padding",
      () => new Embedding(3, 2, { paddingIdx: 3 }),
      /paddingIdx must be an integer in \[-3, 2\], got 3/,
    ],
    ["Embedding option", () => new Embedding(3, 2, { maxNorm: 1 } as object), /unknown option maxNorm/],
    ["PixelShuffle factor", () => new PixelShuffle(1.5), /upscaleFactor must be a positive integer/],
    ["ZeroPad2d border", () => new ZeroPad2d(0.5), /padding must be an integer or \[left, right, top, bottom\]/],
    ["Upsample without size", () => new Upsample({}), /give either size or scaleFactor/],
    ["Upsample with both", () => new Upsample({ size: 2, scaleFactor: 2 }), /give either size or scaleFactor/],
    [
      "Upsample mode",
      () => new Upsample({ size: 2, mode: "bicubic" as "nearest" }),
      /mode must be "nearest" or "bilinear"/,
    ],
    [
      "Upsample corners",
      () => new Upsample({ size: 2, alignCorners: true }),
      /alignCorners goes with mode "bilinear" only/,
    ],
    ["Upsample factor", () => new Upsample({ scaleFactor: 0 }), /scaleFactor must be a positive number/],
    [
      "loss reduction",
      () => new MSELoss({ reduction: "avg" as "mean" }),
      /reduction must be "none", "mean" or "sum", got "avg"/,
    ],
    ["loss option", () => new MSELoss({ sizeAverage: true } as object), /MSELoss: unknown option sizeAverage/],
    [
      "KLDivLoss reduction",
      () => new KLDivLoss({ reduction: "avg" as "mean" }),
      /"none", "batchmean", "mean" or "sum"/,
    ],
    [
      "CrossEntropyLoss smoothing",
      () => new CrossEntropyLoss({ labelSmoothing: 1.5 }),
      /labelSmoothing must lie in \[0, 1\]/,
    ],
    ["NLLLoss option", () => new NLLLoss({ labelSmoothing: 0.1 } as object), /unknown option labelSmoothing/],
    ["HuberLoss delta", () => new HuberLoss({ delta: 0 }), /delta must be positive/],
    ["SmoothL1Loss beta", () => new SmoothL1Loss({ beta: -1 }), /beta must not be negative/],
  ];

  test.each(constructions)("%s", (_, construct, message) => {
    expect(construct).toThrow(message);
  });
});

describe("inputs of the wrong shape are refused when the layer is called", () => {
  const calls: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      "Conv1d rank",
      () => new Conv1d(2, 1, 3).forward(ones([1, 2, 5, 5])),
      /Conv1d: expected input \[n, c, l\] or \[c, l\], got 4D input/,
    ],
    [
      "a mirror wider than the image",
      () => new ReflectionPad2d(3).forward(ones([1, 1, 3, 4])),
      /too wide for an axis of 3; at most 2 fit/,
    ],
    [
      "a circle wider than the image",
      () => new Conv2d(1, 1, 3, { padding: 4, paddingMode: "circular" }).forward(ones([1, 1, 3, 9])),
      /too wide for an axis of 3; at most 3 fit/,
    ],
    [
      "channels of a sequence that come last",
      () => new Conv1d(3, 2, 3).forward(ones([2, 28, 3])),
      /got 28 in input \[2, 28, 3\]; sequences are \[n, c, l\]: if channels come last, permute\(x, \[0, 2, 1\]\)$/,
    ],
    [
      "slopes for channels that come last",
      () => new PReLU({ numParameters: 3 }).forward(ones([2, 8, 8, 3])),
      /got weight \[3\]; pictures are \[n, c, h, w\]: if channels come last, permute\(x, \[0, 3, 1, 2\]\)$/,
    ],
    ["GroupNorm channels", () => new GroupNorm(2, 4).forward(ones([2, 6])), /expected 4 channels along axis 1, got 6/],
    [
      "LayerNorm shape",
      () => new LayerNorm([3, 4]).forward(ones([2, 4, 3])),
      /expected input \[…, 3, 4\], got \[2, 4, 3\]/,
    ],
    [
      "PReLU channels",
      () => new PReLU({ numParameters: 3 }).forward(ones([2, 4])),
      /expected one slope, \[1\], or one for each channel, \[4\]/,
    ],
    [
      "PixelShuffle channels",
      () => new PixelShuffle(2).forward(ones([1, 6, 2, 2])),
      /expected input \[…, c·4, h, w\], got \[1, 6, 2, 2\]/,
    ],
    ["Upsample rank", () => new Upsample({ scaleFactor: 2 }).forward(ones([2, 2])), /expected input \[n, c, h, w\]/],
    [
      "Upsample to nothing",
      () => new Upsample({ scaleFactor: 0.2 }).forward(ones([1, 1, 4, 4])),
      /cannot resize an axis of 4 to 0/,
    ],
    [
      "Upsample to too much",
      () => new Upsample({ size: 2 ** 16 }).forward(ones([1, 1, 1, 1])),
      /Upsample: \[1, 1, 65536, 65536\] has more elements/,
    ],
    [
      "AdaptiveMaxPool2d size",
      () => new AdaptiveMaxPool2d(0).forward(ones([1, 1, 4, 4])),
      /AdaptiveMaxPool2d: outputSize must be a positive integer, or two of them or null, got 0/,
    ],
    [
      "a scale of another shape",
      () => functional.layerNorm(ones([2, 3]), 3, { weight: ones([2]) }),
      /layerNorm: expected weight of shape \[3\], got \[2\]/,
    ],
    [
      "a shift for other channels",
      () => functional.groupNorm(ones([2, 4, 3]), 2, { bias: ones([2]) }),
      /groupNorm: input has 4 channels but bias has shape \[2\]/,
    ],
    ["groups that do not divide", () => functional.groupNorm(ones([2, 4]), 3), /channels must be divisible by groups/],
    [
      "running statistics that are not there",
      () => functional.instanceNorm(ones([1, 2, 3]), { useInputStats: false }),
      /instanceNorm: runningMean and runningVar are needed/,
    ],
    [
      "a kernel of images for sequences",
      () => functional.conv1d(ones([1, 2, 5]), ones([3, 2, 1, 1])),
      /conv1d: expected a weight of shape \[out, in \/ groups, k\], got \[3, 2, 1, 1\]/,
    ],
    [
      "a transposed kernel for other channels",
      () => functional.convTranspose2d(ones([1, 2, 5, 5]), ones([3, 2, 1, 1])),
      /convTranspose2d: expected 3 channels along axis 1, got 2/,
    ],
    [
      "maxima of empty sequences",
      () => functional.maxUnpool1d(ones([1, 2, 0]), ones([1, 2, 0], { dtype: "int32" }), 2),
      /maxUnpool1d: only the batch may be empty, got input \[1, 2, 0\]/,
    ],
    ["Embedding index", () => new Embedding(3, 2).forward(tensor([3], { dtype: "int32" })), /3 is out of range/],
    ["Embedding of floats", () => new Embedding(3, 2).forward(ones([2])), /int32/],
    [
      "CrossEntropyLoss probabilities of another shape",
      () => new CrossEntropyLoss().forward(ones([2, 3]), ones([2, 4])),
      /\[2, 3\].*\[2, 4\]/,
    ],
    [
      "CrossEntropyLoss weight",
      () => new CrossEntropyLoss({ weight: ones([4]) }).forward(ones([2, 3]), tensor([0, 1], { dtype: "int32" })),
      /weight/,
    ],
    [
      "NLLLoss label",
      () => new NLLLoss().forward(ones([2, 3]), tensor([0, -1], { dtype: "int32" })),
      /-1 is out of range/,
    ],
  ];

  test.each(calls)("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});
