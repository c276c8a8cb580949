import type { Tensor } from "../../core.ts";
import { quantileOf, type QuantileOptions } from "./quantile-of.ts";

/**
 * The values that shares `q` of all values, or of those along an axis, do not exceed. A NaN makes the result NaN.
 *
 * Shape: as `mean`; with a list of shares, a first axis of as many.
 *
 * @param q a share from 0 to 1: 0.5 for the median; or a list of such, or a tensor, to which gradients flow. @param dim the axis. @default all
 * @throws ValueError if a share is not from 0 to 1. @throws ShapeError if there is no value. @throws IndexError if the axis does not exist.
 * @throws DTypeError of int32.
 */
export function quantile(
  x: Tensor,
  q: number | readonly number[] | Tensor,
  dim?: number,
  options: QuantileOptions = {},
): Tensor {
  return quantileOf("quantile", x, q, dim, options, false);
}

/**
 * `quantile` of all that is not NaN; NaN if there is nothing else.
 *
 * Shape: as `mean`; with a list of shares, a first axis of as many.
 *
 * @param q a share from 0 to 1: 0.5 for the median; or a list of such, or a tensor, to which gradients flow. @param dim the axis. @default all
 * @throws ValueError if a share is not from 0 to 1. @throws ShapeError if there is no value. @throws IndexError if the axis does not exist.
 * @throws DTypeError of int32.
 */
export function nanquantile(
  x: Tensor,
  q: number | readonly number[] | Tensor,
  dim?: number,
  options: QuantileOptions = {},
): Tensor {
  return quantileOf("nanquantile", x, q, dim, options, true);
}
