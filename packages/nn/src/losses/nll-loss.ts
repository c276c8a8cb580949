import type { Tensor } from "@tapegrad/tensor";
import { checkOptionalTensor, refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { nllLoss as batchedNllLoss } from "@tapegrad/tensor/ops/nll-loss";
import { checkNumbers } from "../checks/check-values.ts";
import { acceptUnbatched } from "../layers/unbatched.ts";
import { Buffer } from "../module/buffer.ts";
import { Module } from "../module/module.ts";
import { checkReduction, type Reduction, type ReductionOptions } from "./reduction.ts";

/** Options of `NLLLoss`. */
export interface NLLLossOptions extends ReductionOptions {
  /** Factor on the loss of each class, `[c]`. @default null */
  readonly weight?: Tensor | null;
  /** Targets of this value count for nothing. @default -100 */
  readonly ignoreIndex?: number;
}

const loss = acceptUnbatched<NLLLossOptions>("nllLoss", batchedNllLoss);

/**
 * The negative log-likelihood of the target classes: `−weight[y] · logProbs[y]`.
 *
 * Shape: log-probabilities `[n, c, …]`, target int32 `[n, …]`; or those of one example, `[c]` and a scalar. `"mean"`
 * divides by the weights of the targets that count; if all are ignored, the result is NaN, as in torch.
 *
 * @throws ShapeError if the shapes do not match. @throws DTypeError if the target is not int32. @throws IndexError if
 *   a target is no class.
 */
export function nllLoss(logProbs: Tensor, target: Tensor, options: NLLLossOptions = {}): Tensor {
  return loss(logProbs, target, options);
}

/**
 * The negative log-likelihood of the target classes: `nllLoss` as a module. State: `weight`, if given.
 */
export class NLLLoss extends Module {
  readonly weight: Buffer | null;
  readonly ignoreIndex: number;
  readonly reduction: Reduction;

  /** @throws ValueError if the reduction or an option is unknown. */
  constructor(options: NLLLossOptions = {}) {
    super();
    refuseUnknownOptions("NLLLoss", options, ["weight", "ignoreIndex", "reduction"]);
    const { weight = null, ignoreIndex = -100, reduction = "mean" } = options;
    checkOptionalTensor("NLLLoss", weight, "weight");
    checkNumbers("NLLLoss", { ignoreIndex });
    checkReduction("NLLLoss", reduction);
    this.weight = weight && new Buffer(weight);
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
  }

  forward(logProbs: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction } = this;
    return nllLoss(logProbs, target, { weight, ignoreIndex, reduction });
  }
}
