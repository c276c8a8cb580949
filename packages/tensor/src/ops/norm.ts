import { ValueError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { abs } from "./abs.ts";
import { amax } from "./amax.ts";
import { pow } from "./pow.ts";
import type { ReduceOptions } from "./reduce-axes.ts";
import { root } from "./root.ts";
import { sum } from "./sum.ts";
import { sumSquares } from "./sum-squares.ts";

/** Options of `norm`. */
export interface NormOptions extends ReduceOptions {
  /** The exponent; `Infinity` for the largest magnitude. @default 2 */
  readonly p?: number;
  /** @default all axes */
  readonly dim?: number | readonly number[];
}

/** `(Σ |x|ᵖ)^(1/p)` over axes. The gradient of a Euclidean norm of 0 is 0. @throws ValueError unless `p` is positive. */
export function norm(x: Tensor, { p = 2, dim, keepDim = false }: NormOptions = {}): Tensor {
  if (!(p > 0)) throw new ValueError(`norm: p must be positive, got ${p}`);
  if (p === Infinity) return amax(abs(x), dim, { keepDim });
  if (p === 2) return root(sumSquares(x, dim, { keepDim }));
  if (p === 1) return sum(abs(x), dim, { keepDim });
  return pow(sum(pow(abs(x), p), dim, { keepDim }), 1 / p);
}
