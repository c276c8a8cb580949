import { broadcastShapes, type Tensor } from "@tapegrad/tensor";
import { checkBoolean, checkFloats, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { add, norm, sub } from "@tapegrad/tensor/ops";
import { checkPositive, checkReal } from "../../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../../module/module-of.ts";

/** Options of `pairwiseDistance`. */
export interface PairwiseDistanceOptions {
  /** Exponent of the norm; positive. @default 2 */
  readonly p?: number;
  /** Added to each difference, so that a distance is not 0, where its slope is not continuous. @default 1e-6 */
  readonly eps?: number;
  /** Whether the last axis stays, with extent 1. @default false */
  readonly keepdim?: boolean;
}

const rules: OptionRules<PairwiseDistanceOptions> = {
  p: [2, checkPositive],
  eps: [1e-6, checkReal],
  keepdim: [false, checkBoolean],
};

/**
 * The distance of vectors along the last axis: `(Σ |x₁ − x₂ + eps|ᵖ)^(1/p)`.
 *
 * Shape: `[n, d]` or `[d]`, or any two that broadcast `→` the same without the last axis.
 *
 * @throws ShapeError if the shapes do not broadcast. @throws ValueError if an option is out of range or unknown.
 * @throws DTypeError of int32.
 */
export function pairwiseDistance(x1: Tensor, x2: Tensor, options: PairwiseDistanceOptions = {}): Tensor {
  checkFloats("pairwiseDistance", { x1, x2 });
  const { p, eps, keepdim } = readOptions("pairwiseDistance", options, rules);
  broadcastShapes("pairwiseDistance", x1.shape, x2.shape);
  return norm(add(sub(x1, x2), eps), { p, dim: -1, keepDim: keepdim });
}

const Distance: ModuleOf<typeof pairwiseDistance> = /* @__PURE__ */ moduleOf(pairwiseDistance, 2, rules);

/** The distance of vectors along the last axis: `pairwiseDistance` as a module. */
export class PairwiseDistance extends Distance {}
