import { type Tensor, ValueError } from "@tapegrad/tensor";
import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { checkNumbers } from "../checks/check-values.ts";
import { checkFloatAmong, checkSameShape } from "../layers/sizes.ts";
import { Module } from "../module/module.ts";
import { bentLoss } from "./huber-loss.ts";
import { checkReduction, reduceLosses, type Reduction, type ReductionOptions } from "./reduction.ts";

/** Options of `smoothL1Loss`. */
export interface SmoothL1LossOptions extends ReductionOptions {
  /** Difference from which on the loss is linear; 0 makes it the L1 loss. @default 1 */
  readonly beta?: number;
}

/**
 * The absolute difference, rounded off at 0: `d² / (2 · beta)` where `|d| < beta`, else `|d| − beta / 2`. It is the
 * Huber loss divided by `beta`. With a `beta` of 0 its slopes for input and target are both −1 where these are equal, as in
 * torch; those of `l1Loss` are 0.
 *
 * @throws ShapeError if the shapes differ; torch broadcasts them with a warning. @throws ValueError if `beta` is
 *   negative. @throws DTypeError if both are int32.
 */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  refuseUnknownOptions("smoothL1Loss", options, ["beta", "reduction"]);
  const { beta = 1, reduction = "mean" } = options;
  checkNumbers("smoothL1Loss", { beta });
  if (!(beta >= 0)) throw new ValueError(`smoothL1Loss: beta must not be negative, got ${beta}`);
  checkSameShape("smoothL1Loss", input, target);
  checkFloatAmong("smoothL1Loss", input, target);
  return reduceLosses("smoothL1Loss", bentLoss([input, target], { width: beta, slope: 1 }), reduction);
}

/** The absolute difference, rounded off at 0: `smoothL1Loss` as a module. */
export class SmoothL1Loss extends Module {
  readonly beta: number;
  readonly reduction: Reduction;

  /** @throws ValueError if `beta` is negative, or the reduction or an option unknown. */
  constructor(options: SmoothL1LossOptions = {}) {
    super();
    refuseUnknownOptions("SmoothL1Loss", options, ["beta", "reduction"]);
    const { beta = 1, reduction = "mean" } = options;
    checkReduction("SmoothL1Loss", reduction);
    checkNumbers("SmoothL1Loss", { beta });
    if (!(beta >= 0)) throw new ValueError(`SmoothL1Loss: beta must not be negative, got ${beta}`);
    this.beta = beta;
    this.reduction = reduction;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, { beta: this.beta, reduction: this.reduction });
  }
}
