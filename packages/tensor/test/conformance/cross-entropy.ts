import { crossEntropy, logSoftmax, nllLoss, randn, softmax, tensor } from "@tapegrad/tensor";
import type { CrossEntropyOptions, Generator, Tensor } from "@tapegrad/tensor";
import type { ConformanceRow, HostTensor } from "@tapegrad/testing";

const classes = 4;
const labels = [2, 0, 3, 3, 1];
const weights = [0.5, 2, 1.25, 0.75];

function logits(...shape: number[]): (generator: Generator) => Tensor[] {
  return (generator) => [randn(shape, { generator })];
}

function targets(values: readonly number[], shape: readonly number[]): Tensor {
  return tensor(Int32Array.from(values), { shape });
}

/** Losses of `[5, 4]` logits, written out. */
function losses({ data }: HostTensor, { labelSmoothing = 0, weight }: { labelSmoothing?: number; weight?: readonly number[] }): number[] {
  return labels.map((label, row) => {
    const values = Array.from({ length: classes }, (_, c) => data[row * classes + c]!);
    const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
    const costs = values.map((value, c) => (weight?.[c] ?? 1) * (total - value));
    return (1 - labelSmoothing) * costs[label]! + (labelSmoothing / classes) * costs.reduce((a, b) => a + b, 0);
  });
}

function row(name: string, options: () => CrossEntropyOptions, oracle: (x: HostTensor) => number[]): ConformanceRow {
  return {
    name: "crossEntropy",
    case: name,
    inputs: logits(5, classes),
    fn: (x) => crossEntropy(x!, targets(labels, [5]), options()),
    oracle: (x) => oracle(x!),
  };
}

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const totalWeight = sumOf(labels.map((label) => weights[label]!));

export const rows: readonly ConformanceRow[] = [
  row("mean", () => ({}), (x) => [sumOf(losses(x, {})) / 5]),
  row("sum", () => ({ reduction: "sum" }), (x) => [sumOf(losses(x, {}))]),
  row("none", () => ({ reduction: "none" }), (x) => losses(x, {})),
  row("weighted mean", () => ({ weight: tensor([...weights]) }), (x) => [sumOf(losses(x, { weight: weights })) / totalWeight]),
  row("smoothed", () => ({ labelSmoothing: 0.2 }), (x) => [sumOf(losses(x, { labelSmoothing: 0.2 })) / 5]),
  row(
    "smoothed and weighted",
    () => ({ labelSmoothing: 0.2, weight: tensor([...weights]) }),
    (x) => [sumOf(losses(x, { labelSmoothing: 0.2, weight: weights })) / totalWeight],
  ),
  row(
    "ignored class",
    () => ({ ignoreIndex: 3 }),
    (x) => [sumOf(losses(x, {}).filter((_, i) => labels[i] !== 3)) / 3],
  ),
  {
    name: "crossEntropy",
    case: "pixels, ignored",
    inputs: logits(2, 3, 2, 2),
    fn: (x) => crossEntropy(x!, targets([0, 1, 2, -100, 1, 1, -100, 0], [2, 2, 2]), { labelSmoothing: 0.1 }),
  },
  {
    name: "crossEntropy",
    case: "probabilities",
    inputs: (g) => [randn([5, classes], { generator: g }), softmax(randn([5, classes], { generator: g }), 1)],
    fn: (x, t) => crossEntropy(x!, t!, { weight: tensor([...weights]), labelSmoothing: 0.1 }),
  },
  {
    name: "nllLoss",
    inputs: logits(5, classes),
    fn: (x) => nllLoss(logSoftmax(x!, 1), targets(labels, [5])),
    oracle: (x) => [sumOf(losses(x!, {})) / 5],
  },
  {
    name: "nllLoss",
    case: "weighted, pixels, none",
    inputs: logits(2, 3, 4),
    fn: (x) => nllLoss(x!, targets([0, 1, 2, 2, 1, 1, 0, 0], [2, 4]), { weight: tensor([0.5, 2, 1]), ignoreIndex: 1, reduction: "none" }),
  },
];
