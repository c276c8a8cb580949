import { checkBoolean } from "../../checks/check-argument.ts";
import { showValue } from "../../checks/show-value.ts";
import { refuseUnknownOptions } from "../../checks/unknown-options.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equal } from "../comparison/equal.ts";
import { where } from "../comparison/where.ts";
import { abs } from "../elementwise/abs.ts";
import { pow } from "../elementwise/pow.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
import { refuseInt32 } from "../internal/refuse-int32.ts";
import { root } from "../internal/root.ts";
import { largestOver } from "./max.ts";
import { sumSquares } from "./sum-squares.ts";
import { sum } from "./sum.ts";

/** Options of `norm`. */
export interface NormOptions extends ReduceOptions {
  /** The exponent; `Infinity` for the largest magnitude. @default 2 */
  readonly p?: number;
  /** @default all axes */
  readonly dim?: number | readonly number[];
}

/**
 * `(Σ |x|ᵖ)^(1/p)` over axes. The gradient of a Euclidean norm of 0 is 0.
 *
 * @throws ValueError unless `p` is positive. @throws DTypeError of int32. @throws IndexError if an axis does not exist.
 * @throws ShapeError if there is no largest magnitude, since an axis is empty.
 */
export function norm(x: Tensor, options: NormOptions = {}): Tensor {
  refuseInt32("norm", x);
  refuseUnknownOptions("norm", options, ["p", "dim", "keepDim"]);
  const { p = 2, dim, keepDim = false } = options;
  if (!(typeof p === "number" && p > 0)) throw new ValueError(`norm: p must be positive, got ${showValue(p)}`);
  checkBoolean("norm", "keepDim", keepDim);
  const { count, dims } = reduceAxes("norm", x, dim);
  if (p === Infinity && count === 0)
    throw new ShapeError(`norm: there is no largest magnitude along axes ${showShape(dims)} of ${showShape(x.shape)}`);
  if (p === Infinity) return largestOver(abs(x), dim, { keepDim });
  if (p === 2) return root(sumSquares(x, dim, { keepDim }));
  if (p === 1) return sum(abs(x), dim, { keepDim });
  return positivePower(sum(positivePower(abs(x), p), dim, { keepDim }), 1 / p);
}

/** xᵉ for x ≥ 0 and e > 0, with gradient 0 at 0, where that of `pow` may be infinite. */
function positivePower(x: Tensor, e: number): Tensor {
  const zero = equal(x, 0);
  return where(zero, 0, pow(where(zero, 1, x), e));
}
