import type { Tensor } from "../../core.ts";
import { amaxKernel, aminKernel } from "../../kernels/reduce.ts";
import { gather, squeeze } from "../basic.ts";
import { axisOf } from "../internal/axis-of.ts";
import { defineExtreme, type Extreme } from "../internal/define-extreme.ts";
import { keepsDim, type ReduceOptions } from "../internal/reduce-axes.ts";
import { argmax, argmin } from "./argmax.ts";

/** The largest values over axes; ties share the gradient evenly, NaNs too. */
export const largestOver: Extreme = /* @__PURE__ */ defineExtreme("max", amaxKernel, true);

/** The smallest values over axes; ties share the gradient evenly, NaNs too. */
export const smallestOver: Extreme = /* @__PURE__ */ defineExtreme("min", aminKernel, true);

/** Extreme values along an axis, and where they stand. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  /** int32; the first of several. */
  readonly indices: Tensor;
}

/**
 * The largest value of all; ties share the gradient evenly. Or, with `dim`, the largest values along that axis and their
 * positions; there the first of several takes the whole gradient. NaN wins; of several NaNs, too, all share the gradient, or
 * the first takes it.
 *
 * @throws ShapeError if there is nothing to choose from. @throws IndexError if the axis does not exist.
 */
export function max(x: Tensor): Tensor;
export function max(x: Tensor, dim: number, options?: ReduceOptions): ValuesAndIndices;
export function max(x: Tensor, dim?: number, options: ReduceOptions = {}): Tensor | ValuesAndIndices {
  return extremes("max", x, dim, options, largestOver, argmax);
}

/**
 * The smallest value of all; ties share the gradient evenly. Or, with `dim`, the smallest values along that axis and their
 * positions; there the first of several takes the whole gradient. NaN wins; of several NaNs, too, all share the gradient, or
 * the first takes it.
 *
 * @throws ShapeError if there is nothing to choose from. @throws IndexError if the axis does not exist.
 */
export function min(x: Tensor): Tensor;
export function min(x: Tensor, dim: number, options?: ReduceOptions): ValuesAndIndices;
export function min(x: Tensor, dim?: number, options: ReduceOptions = {}): Tensor | ValuesAndIndices {
  return extremes("min", x, dim, options, smallestOver, argmin);
}

/** What `max` and `min` have in common, given what they choose of all values, and how they find positions. */
function extremes(
  op: string,
  x: Tensor,
  dim: number | undefined,
  options: ReduceOptions,
  ofAll: Extreme,
  positions: typeof argmax,
): Tensor | ValuesAndIndices {
  if (dim === undefined) return ofAll(x, undefined, options);
  const axis = axisOf(op, x, dim);
  const keepDim = keepsDim(op, options);
  const indices = positions(x, axis, { keepDim: true });
  const values = x.rank === 0 ? x : gather(x, axis, indices);
  return keepDim ? { values, indices } : { values: squeeze(values, axis), indices: squeeze(indices, axis) };
}
