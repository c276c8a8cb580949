import type { Tensor } from "@tapegrad/tensor";
import { checkBoolean, checkFloats, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { add, clamp, minimum, sub } from "@tapegrad/tensor/ops";
import { checkPositive, checkReal } from "../checks/check-values.ts";
import { pairwiseDistance } from "../layers/distance/pairwise-distance.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";
import { checkSameRank } from "./margin-ranking-loss.ts";

/** Options of `tripletMarginLoss`. */
export interface TripletMarginLossOptions extends ReductionOptions {
  /** By how much the negative shall be farther away than the positive. @default 1 */
  readonly margin?: number;
  /** Exponent of the distance; positive. @default 2 */
  readonly p?: number;
  /** Added to each difference. @default 1e-6 */
  readonly eps?: number;
  /** Whether the negative's distance from the positive counts where it is smaller than that from the anchor. @default false */
  readonly swap?: boolean;
}

const rules: OptionRules<TripletMarginLossOptions> = {
  margin: [1, checkReal],
  p: [2, checkPositive],
  eps: [1e-6, checkReal],
  swap: [false, checkBoolean],
  ...reductionRule,
};

/**
 * Wants anchors nearer to what is like them than to what is not: `max(0, d(anchor, positive) − d(anchor, negative) + margin)`,
 * where `d` is `pairwiseDistance`.
 *
 * Shape: three of as many axes, `[n, d]` or `[d]`, that broadcast `→` the same without the last axis, before it is reduced.
 *
 * @throws ShapeError if the ranks differ or the shapes do not broadcast. @throws ValueError if an option is out of range or
 *   unknown. @throws DTypeError of int32.
 * @see Balntas et al. 2016, http://www.bmva.org/bmvc/2016/papers/paper119/index.html, for `swap`
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginLossOptions = {},
): Tensor {
  const { margin, p, eps, swap, reduction } = readOptions("tripletMarginLoss", options, rules);
  const tensors = { anchor, positive, negative };
  checkFloats("tripletMarginLoss", tensors);
  checkSameRank("tripletMarginLoss", tensors);
  const near = pairwiseDistance(anchor, positive, { p, eps });
  const fromAnchor = pairwiseDistance(anchor, negative, { p, eps });
  const far = swap ? minimum(fromAnchor, pairwiseDistance(positive, negative, { p, eps })) : fromAnchor;
  return reduceLosses(clamp(sub(add(near, margin), far), { min: 0 }), reduction);
}

const Loss: ModuleOf<typeof tripletMarginLoss> = /* @__PURE__ */ moduleOf(tripletMarginLoss, 3, rules);

/** Wants anchors nearer to what is like them than to what is not: `tripletMarginLoss` as a module. */
export class TripletMarginLoss extends Loss {}
