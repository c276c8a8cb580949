import type { Tensor } from "../../core.ts";
import { amaxKernel } from "../../kernels/reduce/kernel.ts";
import { defineExtreme, type Extreme, extremes } from "../internal/define-extreme.ts";
import type { ReduceOptions } from "../internal/reduce-axes.ts";
import { argmax } from "./argmax.ts";

/** The largest values over axes; ties share the gradient evenly, NaNs too. */
export const largestOver: Extreme = defineExtreme("max", amaxKernel, true);

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
