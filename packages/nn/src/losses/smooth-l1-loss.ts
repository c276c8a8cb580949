import type { Tensor } from "@tapegrad/tensor";
import { type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { checkNonNegativeReal } from "../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { bentLoss } from "./huber-loss.ts";
import { checkRealAmong, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/** Options of `smoothL1Loss`. */
export interface SmoothL1LossOptions extends ReductionOptions {
  /** Difference from which on the loss is linear; 0 makes it the L1 loss. @default 1 */
  readonly beta?: number;
}

const rules: OptionRules<SmoothL1LossOptions> = { beta: [1, checkNonNegativeReal], ...reductionRule };

/**
 * The absolute difference, rounded off at 0: `d² / (2 · beta)` where `|d| < beta`, else `|d| − beta / 2`. It is the
 * Huber loss divided by `beta`. With a `beta` of 0 its slopes for input and target are both −1 where these are equal, as in
 * torch; those of `l1Loss` are 0.
 *
 * @throws ShapeError if the shapes differ; torch broadcasts them with a warning. @throws ValueError if `beta` is
 *   negative. @throws DTypeError if both are int32.
 */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  const { beta, reduction } = readOptions("smoothL1Loss", options, rules);
  checkRealAmong("smoothL1Loss", input, target);
  return reduceLosses(bentLoss([input, target], { width: beta, slope: 1 }), reduction);
}

const Loss: ModuleOf<typeof smoothL1Loss> = /* @__PURE__ */ moduleOf(smoothL1Loss, 2, rules);

/** The absolute difference, rounded off at 0: `smoothL1Loss` as a module. */
export class SmoothL1Loss extends Loss {}
