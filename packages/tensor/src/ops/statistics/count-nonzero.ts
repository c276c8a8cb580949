import type { Tensor } from "../../core.ts";
import { cast, notEqual, sum } from "../basic.ts";
import { reduceAxes } from "../internal/reduce-axes.ts";

/**
 * How many values over the axes are not 0, int32. NaN is not.
 *
 * @param dim the axis, or a list of them. @default all
 * @throws IndexError if an axis does not exist.
 */
export function countNonzero(x: Tensor, dim?: number | readonly number[]): Tensor {
  reduceAxes("countNonzero", x, dim);
  return sum(cast(notEqual(x.detach(), 0), "int32"), dim);
}
