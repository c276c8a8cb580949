import { launchOne, type Tensor } from "../../core.ts";
import { aroundAxis } from "../../kernels/lib/around-axis.ts";
import { argExtremeKernel } from "../../kernels/reduce.ts";
import { reshape } from "../basic.ts";
import { axisOf } from "../internal/axis-of.ts";
import { choiceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";

/**
 * Positions of the largest values, int32: in the flat tensor, or along `dim`. The first of several; NaN counts as largest.
 *
 * @throws ShapeError if there is nothing to choose from. @throws IndexError if the axis does not exist.
 */
export function argmax(x: Tensor, dim?: number, options?: ReduceOptions): Tensor {
  return argExtreme("argmax", 1, x, dim, options);
}

/**
 * Positions of the smallest values, int32: in the flat tensor, or along `dim`. The first of several; NaN counts as smallest.
 *
 * @throws ShapeError if there is nothing to choose from. @throws IndexError if the axis does not exist.
 */
export function argmin(x: Tensor, dim?: number, options?: ReduceOptions): Tensor {
  return argExtreme("argmin", -1, x, dim, options);
}

/** Positions of the largest (`sign` 1) or smallest (-1) values along an axis, or of all. Not differentiable. */
function argExtreme(op: string, sign: 1 | -1, x: Tensor, dim?: number, options?: ReduceOptions): Tensor {
  const axis = dim === undefined ? undefined : axisOf(op, x, dim);
  const { shape } = choiceAxes(op, x, axis, options);
  const list = axis === undefined ? reshape(x.detach(), [x.size]) : x;
  const { length, inner } = aroundAxis(list.shape, axis ?? 0);
  return launchOne(argExtremeKernel, [list], { shape, dtype: "int32" }, { length, inner, sign });
}
