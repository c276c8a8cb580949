import type { Tensor } from "@tapegrad/tensor";
import { checkProbability, checkOptionalTensor, type OptionRules } from "@tapegrad/tensor/internal";
import { crossEntropy as batchedCrossEntropy, type CrossEntropyOptions } from "@tapegrad/tensor/ops";
import { checkReal } from "../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { acceptUnbatched } from "./accept-unbatched.ts";
import { reductionRule } from "./loss.ts";

const rules: OptionRules<CrossEntropyOptions> = {
  weight: [null, checkOptionalTensor],
  ignoreIndex: [-100, checkReal],
  labelSmoothing: [0, checkProbability],
  ...reductionRule,
};

/**
 * The cross-entropy of the target classes, or of target probabilities, given logits: `−weight[y] · log
 * softmax(x)[y]`, or `−Σ weight[k] · t[k] · log softmax(x)[k]`.
 *
 * Shape: logits `[n, c]` or `[n, c, …]`, or those of one example, `[c]`; target int32 of the same shape without `c`,
 * or float32 probabilities of the same shape. With classes, `"mean"` divides by the weights of the targets that count
 * (if all are ignored, the result is NaN, as in torch); with probabilities, by their number. With label smoothing ε
 * the target is `1 − ε + ε/c` for its class and `ε/c` for the others.
 *
 * @throws ShapeError if the shapes do not match. @throws IndexError if a target is no class.
 * @see Szegedy et al. 2015, https://arxiv.org/abs/1512.00567, for label smoothing
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  return acceptUnbatched("crossEntropy", batchedCrossEntropy, logits, target, options);
}

const Loss: ModuleOf<typeof crossEntropy> = /* @__PURE__ */ moduleOf(crossEntropy, 2, rules);

/**
 * The cross-entropy of logits with target classes or probabilities: `crossEntropy` as a module. State: `weight`, if given.
 */
export class CrossEntropyLoss extends Loss {}
