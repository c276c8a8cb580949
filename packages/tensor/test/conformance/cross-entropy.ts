import {
  crossEntropy,
  type CrossEntropyOptions,
  type Generator,
  logSoftmax,
  nllLoss,
  randn,
  softmax,
  tensor,
  type Tensor,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";
import { crossEntropyReference } from "../reference/cross-entropy.ts";

const classes = 4;
const targets = [2, 0, 3, 3, 1];
const weight = [0.5, 2, 1.25, 0.75];
const plain = { n: 5, classes, d: 1, targets, weight: null, ignoreIndex: -100, labelSmoothing: 0 };

function logits(...shape: number[]): (generator: Generator) => Tensor[] {
  return (generator) => [randn(shape, { generator })];
}

function classLabels({ device }: Tensor, values: readonly number[], shape: readonly number[]): Tensor {
  return tensor(Int32Array.from(values), { shape, device });
}

function row(
  name: string,
  { weight: weights, ...options }: Omit<CrossEntropyOptions, "weight"> & { weight?: readonly number[] },
): ConformanceRow {
  return {
    name: "crossEntropy",
    case: name,
    inputs: logits(5, classes),
    fn: (x) =>
      crossEntropy(x!, classLabels(x!, targets, [5]), {
        ...options,
        ...(weights !== undefined && { weight: tensor([...weights], { device: x!.device }) }),
      }),
    oracle(x) {
      const { losses, totalWeight } = crossEntropyReference({ ...plain, ...options, weight: weights ?? null }, x!.data);
      const sum = losses.reduce((a, b) => a + b, 0);
      return options.reduction === "none" ? losses : [options.reduction === "sum" ? sum : sum / totalWeight];
    },
  };
}

export const rows: readonly ConformanceRow[] = [
  row("mean", {}),
  row("sum", { reduction: "sum" }),
  row("none", { reduction: "none" }),
  row("weighted mean", { weight }),
  row("smoothed", { labelSmoothing: 0.2 }),
  row("smoothed and weighted", { labelSmoothing: 0.2, weight }),
  row("ignored class", { ignoreIndex: 3 }),
  {
    name: "crossEntropy",
    case: "pixels, ignored",
    inputs: logits(2, 3, 2, 2),
    fn: (x) => crossEntropy(x!, classLabels(x!, [0, 1, 2, -100, 1, 1, -100, 0], [2, 2, 2]), { labelSmoothing: 0.1 }),
  },
  {
    name: "crossEntropy",
    case: "probabilities",
    inputs: (g) => [randn([5, classes], { generator: g }), softmax(randn([5, classes], { generator: g }), 1)],
    fn: (x, t) => crossEntropy(x!, t!, { weight: tensor([...weight], { device: x!.device }), labelSmoothing: 0.1 }),
  },
  {
    name: "nllLoss",
    inputs: logits(5, classes),
    fn: (x) => nllLoss(logSoftmax(x!, 1), classLabels(x!, targets, [5])),
    oracle: (x) => [crossEntropyReference(plain, x!.data).losses.reduce((a, b) => a + b, 0) / 5],
  },
  {
    name: "nllLoss",
    case: "weighted, pixels, none",
    inputs: logits(2, 3, 4),
    fn: (x) =>
      nllLoss(x!, classLabels(x!, [0, 1, 2, 2, 1, 1, 0, 0], [2, 4]), {
        weight: tensor([0.5, 2, 1], { device: x!.device }),
        ignoreIndex: 1,
        reduction: "none",
      }),
  },
];
