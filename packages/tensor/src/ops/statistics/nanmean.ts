import { checkFloat } from "../../checks/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { isnan } from "../comparison/isnan.ts";
import { div } from "../elementwise/div.ts";
import { sub } from "../elementwise/sub.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
import { sum } from "../reduction/sum.ts";
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
