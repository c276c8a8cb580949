import { type Tensor, ValueError } from "@tapegrad/tensor";
import { checkOptionalTensor, refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { crossEntropy as batchedCrossEntropy } from "@tapegrad/tensor/ops/cross-entropy";
import { checkNumbers } from "../checks/check-values.ts";
import { acceptUnbatched } from "../layers/unbatched.ts";
import { Buffer } from "../module/buffer.ts";
import { Module } from "../module/module.ts";
import { checkReduction, type Reduction, type ReductionOptions } from "./reduction.ts";

/** Options of `CrossEntropyLoss`. */
export interface CrossEntropyLossOptions extends ReductionOptions {
  /** Factor on the loss of each class, `[c]`. @default null */
  readonly weight?: Tensor | null;
  /** Targets of this value count for nothing. @default -100 */
  readonly ignoreIndex?: number;
  /** Probability mass that is taken from the target and spread over all classes. @default 0 */
  readonly labelSmoothing?: number;
}

const loss = acceptUnbatched<CrossEntropyLossOptions>("crossEntropy", batchedCrossEntropy);

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
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyLossOptions = {}): Tensor {
  return loss(logits, target, options);
}

/**
 * The cross-entropy of logits with target classes or probabilities: `crossEntropy` as a module. State: `weight`, if
 * given.
 */
export class CrossEntropyLoss extends Module {
  readonly weight: Buffer | null;
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
  readonly reduction: Reduction;

  /** @throws ValueError if the reduction or an option is unknown, or `labelSmoothing` not in [0, 1]. */
  constructor(options: CrossEntropyLossOptions = {}) {
    super();
    refuseUnknownOptions("CrossEntropyLoss", options, ["weight", "ignoreIndex", "labelSmoothing", "reduction"]);
    const { weight = null, ignoreIndex = -100, labelSmoothing = 0, reduction = "mean" } = options;
    checkOptionalTensor("CrossEntropyLoss", weight, "weight");
    checkNumbers("CrossEntropyLoss", { ignoreIndex, labelSmoothing });
    checkReduction("CrossEntropyLoss", reduction);
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      throw new ValueError(`CrossEntropyLoss: labelSmoothing must be between 0 and 1, got ${labelSmoothing}`);
    }
    this.weight = weight && new Buffer(weight);
    this.ignoreIndex = ignoreIndex;
    this.labelSmoothing = labelSmoothing;
    this.reduction = reduction;
  }

  forward(logits: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, labelSmoothing, reduction } = this;
    return crossEntropy(logits, target, { weight, ignoreIndex, labelSmoothing, reduction });
  }
}
