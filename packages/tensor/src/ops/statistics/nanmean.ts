import { checkFloat } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { div, isnan, sub, sum } from "../basic.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
import { nansum } from "./nansum.ts";

/**
 * Means over axes of all that is not NaN; of nothing, NaN.
 *
 * @param dim the axis, or a list of them. @default all
 * @throws IndexError if an axis does not exist. @throws DTypeError of int32.
 */
export function nanmean(x: Tensor, dim?: number | readonly number[], options?: ReduceOptions): Tensor {
  checkFloat("nanmean", x);
  reduceAxes("nanmean", x, dim, options);
  return div(nansum(x, dim, options), sum(sub(1, isnan(x)), dim, options));
}
