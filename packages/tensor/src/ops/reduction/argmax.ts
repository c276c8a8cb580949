import type { Tensor } from "../../core.ts";
import { argExtreme } from "../internal/arg-extreme.ts";
import type { ReduceOptions } from "../internal/reduce-axes.ts";

/**
 * Positions of the largest values, int32: in the flat tensor, or along `dim`. The first of several; NaN counts as largest.
 *
 * @throws ShapeError if there is nothing to choose from. @throws IndexError if the axis does not exist.
 */
export function argmax(x: Tensor, dim?: number, options?: ReduceOptions): Tensor {
  return argExtreme("argmax", 1, x, dim, options);
}
