import {
  checkFit,
  checkFloat,
  checkOperands,
  checkProbability,
  checkShapeOf,
  readOptions,
} from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { logSoftmax } from "../activations/log-softmax.ts";
import { add, mean, mul, neg, notEqual, reshape, sum, where } from "../basic.ts";
import { checkClassWeights, classTargets, mayIgnore, rowReduction } from "./class-targets.ts";
import { crossEntropyRows } from "./cross-entropy-rows.ts";
import { nllRules, type NllLossOptions } from "./nll-loss.ts";

/** How `crossEntropy` weighs, smooths and reduces. */
export interface CrossEntropyOptions extends NllLossOptions {
  /** How much of each target is spread evenly over the classes, in [0, 1]. @default 0 */
  readonly labelSmoothing?: number;
}

/**
 * Cross-entropy of logits with target classes, or with target probabilities.
 *
 * `loss = (1−ε)·w_y·(−log softmax(input)_y) + ε/c · Σ_k w_k·(−log softmax(input)_k)` with `ε = labelSmoothing`; the mean is
 * over `Σ w_y` of the targets that are not ignored. With probabilities `t`, `loss = −Σ_k w_k·t_k·log softmax(input)_k`, and
 * the mean is over the batch.
 *
 * Shape: `input [n, c]` or `[n, c, d₁, …]`; `target` int32 `[n]` or `[n, d₁, …]`, or float32 probabilities shaped like
 * `input` → a scalar, or a loss for each target.
 *
 * @throws ShapeError or DTypeError if the shapes or dtypes do not go together.
 * @throws IndexError if a target is neither a class nor `ignoreIndex`.
 * @throws ValueError if `labelSmoothing` is not in [0, 1] or `reduction` is unknown.
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkOperands("crossEntropy", { input, target });
  checkFloat("crossEntropy", input, "input");
  const read = readOptions("crossEntropy", options, { ...nllRules, labelSmoothing: [0, checkProbability] });
  if (target.dtype === "float32") return withProbabilities(input, target, read);
  const { ignoreIndex, reduction, labelSmoothing } = read;
  const targets = classTargets("crossEntropy", input, target, read);
  const [rows, logProbs] = crossEntropyRows([input], targets);
  const reduce = rowReduction(input, targets, reduction);
  if (labelSmoothing === 0) return reduce(rows!);
  let even = neg(sum(weigh(logProbs!, targets.weight), 1));
  if (mayIgnore(targets)) even = where(notEqual(target, ignoreIndex), even, 0);
  // Reduced apart: where all weights of the targets are 0, the first mean is NaN, as in torch.
  return add(mul(reduce(rows!), 1 - labelSmoothing), mul(reduce(even), labelSmoothing / input.shape[1]!));
}

function withProbabilities(input: Tensor, target: Tensor, read: Required<CrossEntropyOptions>): Tensor {
  const { weight, labelSmoothing, reduction } = read;
  checkFit("crossEntropy", input.rank >= 2, "an input of shape [n, c, …]", input.shape);
  checkShapeOf("crossEntropy", "float32 target of probabilities", target.shape, input.shape);
  const classes = input.shape[1]!;
  checkClassWeights("crossEntropy", weight, input);
  const smoothed = labelSmoothing === 0 ? target : add(mul(target, 1 - labelSmoothing), labelSmoothing / classes);
  const losses = neg(sum(mul(weigh(logSoftmax(input, 1), weight), smoothed), 1));
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : mean(losses);
}

/** Multiplies each class by its weight. */
function weigh(logProbs: Tensor, weight: Tensor | null): Tensor {
  return weight === null ? logProbs : mul(logProbs, reshape(weight, [1, -1, ...logProbs.shape.slice(2).map(() => 1)]));
}
