import type { Tensor } from "../../core.ts";
import { equal, greater, notEqual, sum } from "../basic.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";

/**
 * 1 where some value over the axes is not 0, else 0; float32, for there is no boolean dtype. NaN counts as true; of nothing, 0.
 *
 * @param dim the axis, or a list of them. @default all
 * @throws IndexError if an axis does not exist.
 */
export function any(x: Tensor, dim?: number | readonly number[], options?: ReduceOptions): Tensor {
  reduceAxes("any", x, dim, options);
  return greater(sum(notEqual(x.detach(), 0), dim, options), 0);
}

/**
 * 1 where no value over the axes is 0, else 0; float32, for there is no boolean dtype. NaN counts as true; of nothing, 1.
 *
 * @param dim the axis, or a list of them. @default all
 * @throws IndexError if an axis does not exist.
 */
export function all(x: Tensor, dim?: number | readonly number[], options?: ReduceOptions): Tensor {
  reduceAxes("all", x, dim, options);
  return equal(sum(equal(x.detach(), 0), dim, options), 0);
}
