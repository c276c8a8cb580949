import type { Reduction, Tensor } from "@tapegrad/tensor";
import { checkOptionalTensor, readOptions } from "@tapegrad/tensor/internal";
import { nllLoss as batchedNllLoss, type NllLossOptions } from "@tapegrad/tensor/ops/nll-loss";
import { checkReal } from "../checks/check-values.ts";
import { Buffer } from "../module/buffer.ts";
import { Module } from "../module/module.ts";
import { acceptUnbatched } from "./accept-unbatched.ts";
import { reductionRule } from "./reduce-losses.ts";

const loss = acceptUnbatched<NllLossOptions>("nllLoss", batchedNllLoss);

/**
 * The negative log-likelihood of the target classes: `−weight[y] · logProbs[y]`.
 *
 * Shape: log-probabilities `[n, c, …]`, target int32 `[n, …]`; or those of one example, `[c]` and a scalar. `"mean"`
 * divides by the weights of the targets that count; if all are ignored, the result is NaN, as in torch.
 *
 * @throws ShapeError if the shapes do not match. @throws DTypeError if the target is not int32. @throws IndexError if
 *   a target is no class.
 */
export function nllLoss(logProbs: Tensor, target: Tensor, options: NllLossOptions = {}): Tensor {
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
  constructor(options: NllLossOptions = {}) {
    super();
    const { weight, ignoreIndex, reduction } = readOptions("NLLLoss", options, {
      weight: [null, checkOptionalTensor],
      ignoreIndex: [-100, checkReal],
      ...reductionRule,
    });
    this.weight = weight && new Buffer(weight);
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
  }

  forward(logProbs: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction } = this;
    return nllLoss(logProbs, target, { weight, ignoreIndex, reduction });
  }
}
