import type { Tensor } from "../../core.ts";
import type { ReduceOptions } from "../internal/reduce-axes.ts";
import { varMeanFor } from "./var-mean.ts";

/** Options of variances. */
export interface VarianceOptions extends ReduceOptions {
  /** What is taken from the number of values before dividing: 1 is unbiased, 0 biased. @default 1 */
  readonly correction?: number;
}

/**
 * Variances over axes: `Σ(x − mean)² / max(0, count − correction)`, in two passes, so that a large mean does no harm.
 *
 * @throws DTypeError of int32. @throws IndexError if an axis does not exist.
 */
export function variance(x: Tensor, dim?: number | readonly number[], options: VarianceOptions = {}): Tensor {
  return varMeanFor("variance", x, dim, options)[0];
}
