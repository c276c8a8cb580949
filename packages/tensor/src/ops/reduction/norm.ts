import { checkBoolean, checkFloat, refuseUnknownOptions, showValue } from "../../checks/index.ts";
import { defineOp, ShapeError, showShape, type Tensor, ValueError } from "../../core.ts";
import { abs, div, equal, mul, notEqual, reshape, sign, sqrt, sum, where } from "../basic.ts";
import { pow } from "../elementwise/pow.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
import { largestOver } from "./max.ts";
import { smallestOver } from "./min.ts";
import { sumSquares } from "./sum-squares.ts";

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
  checkFloat("norm", x);
  refuseUnknownOptions("norm", options, ["p", "dim", "keepDim"]);
  const { p = 2, dim, keepDim = false } = options;
  if (typeof p !== "number" || Number.isNaN(p)) throw new ValueError(`norm: p must be a number, got ${showValue(p)}`);
  checkBoolean("norm", "keepDim", keepDim);
  const { count, dims, shape } = reduceAxes("norm", x, dim, { keepDim });
  if ((p === Infinity || p < 0) && count === 0)
    throw new ShapeError(
      `norm: there is no norm with p ${p} of no values along axes ${showShape(dims)} of ${showShape(x.shape)}`,
    );
  if (p === Infinity) return largestOver(abs(x), dim, { keepDim });
  if (p === -Infinity) return smallestOver(abs(x), dim, { keepDim });
  if (p === 0) return sum(notEqual(x, 0), dim, { keepDim });
  if (p === 1) return sum(abs(x), dim, { keepDim });
  return reshape(op([x], { p, dims }), shape);
}

interface NormParams {
  readonly p: number;
  readonly dims: readonly number[];
}

/** The norm with the reduced axes kept. Its gradient is computed as torch does, so that second derivatives are torch's beside 0, NaN and ±∞. */
const op = defineOp<readonly [Tensor], NormParams>({
  name: "norm",
  forward: ([x], { p, dims }) =>
    p === 2 ? sqrt(sumSquares(x, dims, { keepDim: true })) : pow(sum(pow(abs(x), p), dims, { keepDim: true }), 1 / p),
  vjp: (grad, { inputs: [x], outputs: [y], params: { p } }) => {
    const none = equal(y!.detach(), 0);
    // torch's second derivative of a Euclidean norm of 0 is 0/0; here it is 0.
    if (p === 2) return [mul(grad, where(none, 0, div(x, where(none, 1, y!))))];
    if (p < 1) {
      const powers = where(equal(x.detach(), 0), 0, pow(abs(x), p - 1));
      return [mul(mul(mul(sign(x), powers), grad), pow(y!, 1 - p))];
    }
    const powers = p < 2 ? mul(sign(x), pow(abs(x), p - 1)) : mul(x, p === 3 ? abs(x) : pow(abs(x), p - 2));
    return [mul(powers, where(none, 0, div(grad, pow(y!, p - 1))))];
  },
});
