import { normalizeDims, type Tensor } from "@tapegrad/tensor";
import { checkFloat, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { clamp, div, norm } from "@tapegrad/tensor/ops";
import { checkNonNegativeReal, checkPositive } from "../../checks/check-values.ts";

/** Options of `normalize`. */
export interface NormalizeOptions {
  /** Exponent of the norm; positive. @default 2 */
  readonly p?: number;
  /** The axis or axes along which vectors lie; negative ones count from the end. @default 1 */
  readonly dim?: number | readonly number[];
  /** Least norm by which is divided. @default 1e-12 */
  readonly eps?: number;
}

const rules: OptionRules<NormalizeOptions> = { p: [2, checkPositive], dim: [1], eps: [1e-12, checkNonNegativeReal] };

/**
 * Vectors along an axis, divided by their p-norms: `x / max(‖x‖ₚ, eps)`.
 *
 * Shape: any; the same comes out.
 *
 * @throws IndexError if an axis does not exist. @throws ValueError if an option is out of range or unknown. @throws DTypeError
 *   of int32.
 */
export function normalize(input: Tensor, options: NormalizeOptions = {}): Tensor {
  checkFloat("normalize", input, "input");
  const { p, dim, eps } = readOptions("normalize", options, rules);
  normalizeDims("normalize", dim, input.rank);
  return div(input, clamp(norm(input, { p, dim, keepDim: true }), { min: eps }));
}
