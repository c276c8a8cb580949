import type { Tensor } from "../../core.ts";
import { isnan, sum, where } from "../basic.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";

/**
 * Sums over axes of all that is not NaN; of nothing, 0.
 *
 * @param dim the axis, or a list of them. @default all
 * @throws IndexError if an axis does not exist.
 */
export function nansum(x: Tensor, dim?: number | readonly number[], options?: ReduceOptions): Tensor {
  reduceAxes("nansum", x, dim, options);
  return sum(where(isnan(x), 0, x), dim, options);
}
