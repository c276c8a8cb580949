import type { Tensor } from "../../core.ts";
import { aminKernel } from "../../kernels/reduce/kernel.ts";
import { defineExtreme } from "../internal/define-extreme.ts";
import type { ReduceOptions } from "../internal/reduce-axes.ts";

/**
 * Smallest values over axes; NaN wins, and then the gradient is NaN; ties share it evenly.
 *
 * @throws ShapeError if there is nothing to choose from.
 */
export const amin: (x: Tensor, dim?: number | readonly number[], options?: ReduceOptions) => Tensor = defineExtreme(
  "amin",
  aminKernel,
);
