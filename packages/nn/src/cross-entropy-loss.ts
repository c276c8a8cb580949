import { ValueError } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import { crossEntropy } from "@tapegrad/tensor/ops/cross-entropy";
import { Buffer } from "./buffer.ts";
import { Module } from "./module.ts";
import { checkReduction } from "./reduction.ts";
import type { Reduction, ReductionOptions } from "./reduction.ts";
import { refuseUnknownOptions } from "./unknown-options.ts";

/** Options of `CrossEntropyLoss`. */
export interface CrossEntropyLossOptions extends ReductionOptions {
  /** Factor on the loss of each class, `[c]`. @default null */
  readonly weight?: Tensor | null;
  /** Targets of this value count for nothing. @default -100 */
  readonly ignoreIndex?: number;
  /** Probability mass that is taken from the target and spread over all classes. @default 0 */
  readonly labelSmoothing?: number;
}

/**
 * The cross-entropy of the target classes, given logits: `−weight[y] · log softmax(x)[y]`.
 *
 * Shape: logits `[n, c]` or `[n, c, …]`, target int32 `[n]` or `[n, …]`. `"mean"` divides by the weights of the targets
 * that count; if all are ignored, the result is NaN, as in torch. With label smoothing ε the target is `1 − ε + ε/c` for
 * its class and `ε/c` for the others. State: `weight`, if given.
 *
 * @see Szegedy et al. 2015, https://arxiv.org/abs/1512.00567, for label smoothing
 */
export class CrossEntropyLoss extends Module {
  readonly weight: Buffer | null;
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
  readonly reduction: Reduction;

  /** @throws ValueError if the reduction or an option is unknown, or `labelSmoothing` not in [0, 1]. */
  constructor({ weight = null, ignoreIndex = -100, labelSmoothing = 0, reduction = "mean", ...rest }: CrossEntropyLossOptions = {}) {
    super();
    refuseUnknownOptions("CrossEntropyLoss", rest);
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
