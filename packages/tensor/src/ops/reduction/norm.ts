import { checkBoolean } from "../../checks/check-argument.ts";
import { showValue } from "../../checks/show-value.ts";
import { refuseUnknownOptions } from "../../checks/unknown-options.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equal } from "../comparison/equal.ts";
import { notEqual } from "../comparison/not-equal.ts";
import { where } from "../comparison/where.ts";
import { abs } from "../elementwise/abs.ts";
import { mul } from "../elementwise/mul.ts";
import { pow } from "../elementwise/pow.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
import { refuseInt32 } from "../internal/refuse-int32.ts";
import { root } from "../internal/root.ts";
import { any } from "./any.ts";
import { largestOver } from "./max.ts";
import { smallestOver } from "./min.ts";
import { sumSquares } from "./sum-squares.ts";
import { sum } from "./sum.ts";

/** Options of `norm`. */
export interface NormOptions extends ReduceOptions {
  /** The exponent; `Infinity` for the largest magnitude, `-Infinity` for the smallest. @default 2 */
  readonly p?: number;
  /** @default all axes */
  readonly dim?: number | readonly number[];
}

/**
 * `(Σ |x|ᵖ)^(1/p)` over axes; the number of values that are not 0 with `p` 0, the largest and the smallest magnitude with ∞
 * and −∞. The gradient of a Euclidean norm of 0 is 0, and so is that of a norm with a negative `p` of what has a 0.
 *
 * @throws ValueError unless `p` is a number. @throws DTypeError of int32. @throws IndexError if an axis does not exist.
 * @throws ShapeError if there is no value, and `p` is negative or infinite.
 */
export function norm(x: Tensor, options: NormOptions = {}): Tensor {
  refuseInt32("norm", x);
  refuseUnknownOptions("norm", options, ["p", "dim", "keepDim"]);
  const { p = 2, dim, keepDim = false } = options;
  if (typeof p !== "number" || Number.isNaN(p)) throw new ValueError(`norm: p must be a number, got ${showValue(p)}`);
  checkBoolean("norm", "keepDim", keepDim);
  const { count, dims } = reduceAxes("norm", x, dim);
  if ((p === Infinity || p < 0) && count === 0)
    throw new ShapeError(
      `norm: there is no norm with p ${p} of no values along axes ${showShape(dims)} of ${showShape(x.shape)}`,
    );
  if (p === Infinity) return largestOver(abs(x), dim, { keepDim });
  if (p === -Infinity) return smallestOver(abs(x), dim, { keepDim });
  if (p === 0) return sum(notEqual(x, 0), dim, { keepDim });
  if (p === 2) return root(sumSquares(x, dim, { keepDim }));
  if (p === 1) return sum(abs(x), dim, { keepDim });
  if (p < 0) {
    const zero = equal(x.detach(), 0);
    const total = sum(pow(where(zero, 1, abs(x)), p), dim, { keepDim });
    return where(any(zero, dim, { keepDim }), 0, pow(total, 1 / p));
  }
  return positivePower(sum(positivePower(abs(x), p), dim, { keepDim }), 1 / p);
}

/** xᵉ for x ≥ 0 and e > 0, with gradient 0 at 0, where that of `pow` may be infinite. */
function positivePower(x: Tensor, e: number): Tensor {
  const zero = equal(x, 0);
  // Beside a NaN, the gradient is NaN at 0 too: a product with 0 lets it through.
  return where(zero, mul(x, 0), pow(where(zero, 1, x), e));
}
