import type { Tensor } from "../../core.ts";
import { aminKernel } from "../../kernels/reduce/kernel.ts";
import { defineExtreme, type Extreme, extremes } from "../internal/define-extreme.ts";
import type { ReduceOptions } from "../internal/reduce-axes.ts";
import { argmin } from "./argmin.ts";
import type { ValuesAndIndices } from "./max.ts";

/** The smallest values over axes; ties share the gradient evenly, NaNs too. */
export const smallestOver: Extreme = defineExtreme("min", aminKernel, true);

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
