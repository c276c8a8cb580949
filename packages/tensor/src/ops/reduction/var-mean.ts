import { checkBoolean, checkFinite, checkFloat, readOptions } from "../../checks/index.ts";
import { defineMultiOp, type Tensor } from "../../core.ts";
import { onesLike } from "../../tensor/create.ts";
import { add, broadcastTo, div, mean, mul, reshape, sub } from "../basic.ts";
import { reduceAxes, type Reduced, type ReduceOptions } from "../internal/reduce-axes.ts";
import { root } from "../internal/root.ts";
import { sumSquares } from "./sum-squares.ts";

/** Options of variances. */
export interface VarianceOptions extends ReduceOptions {
  /** What is taken from the number of values before dividing: 1 is unbiased, 0 biased. @default 1 */
  readonly correction?: number;
}

interface VarMeanParams extends Reduced {
  readonly correction: number;
  /** Whether all axes go, without being named. */
  readonly whole: boolean;
}

/**
 * d variance = 2/(count − correction)·(x − mean), as in torch also where the divisor is 0 or negative; where it is 0 and the
 * whole tensor was reduced, ∞.
 */
const op = defineMultiOp<readonly [Tensor], VarMeanParams>({
  name: "varMean",
  forward([x], { dims, shape, count, correction }) {
    const average = mean(x, dims, { keepDim: true });
    const squares = reshape(sumSquares(sub(x, average), dims), shape);
    return [div(squares, Math.max(0, count - correction)), reshape(average, shape)];
  },
  vjp([ofVariance, ofMean], { inputs: [x], outputs: [, average], params: { keepDimShape, count, correction, whole } }) {
    const deviation = whole && count === correction ? onesLike(x) : sub(x, reshape(average!, keepDimShape));
    const first = ofVariance && mul(mul(reshape(ofVariance, keepDimShape), 2 / (count - correction)), deviation);
    const second = ofMean && broadcastTo(div(reshape(ofMean, keepDimShape), Math.max(count, 1)), x.shape);
    return [first && second ? add(first, second) : (first ?? second ?? null)];
  },
});

/**
 * Variances over axes: `Σ(x − mean)² / max(0, count − correction)`, in two passes, so that a large mean does no harm.
 *
 * @throws DTypeError of int32. @throws IndexError if an axis does not exist.
 */
export function variance(x: Tensor, dim?: number | readonly number[], options: VarianceOptions = {}): Tensor {
  return varMeanFor("variance", x, dim, options)[0];
}

/**
 * Standard deviations over axes: roots of `variance`. The gradient of a deviation of 0 is 0, as in torch.
 *
 * @throws DTypeError of int32. @throws IndexError if an axis does not exist.
 */
export function std(x: Tensor, dim?: number | readonly number[], options: VarianceOptions = {}): Tensor {
  return root(varMeanFor("std", x, dim, options)[0]);
}

/** Variances and means over axes; see `variance`. */
export function varMean(
  x: Tensor,
  dim?: number | readonly number[],
  options: VarianceOptions = {},
): readonly [variance: Tensor, mean: Tensor] {
  return varMeanFor("varMean", x, dim, options);
}

/**
 * Standard deviations and means over axes; see `std`.
 *
 * @throws DTypeError of int32. @throws IndexError if an axis does not exist.
 */
export function stdMean(
  x: Tensor,
  dim?: number | readonly number[],
  options: VarianceOptions = {},
): readonly [std: Tensor, mean: Tensor] {
  const [variance, mean] = varMeanFor("stdMean", x, dim, options);
  return [root(variance), mean];
}

/** `varMean`, on behalf of a function that errors shall name. */
function varMeanFor(
  caller: string,
  x: Tensor,
  dim: number | readonly number[] | undefined,
  options: VarianceOptions,
): readonly [variance: Tensor, mean: Tensor] {
  checkFloat(caller, x);
  const { correction, keepDim } = readOptions(caller, options, {
    correction: [1, checkFinite],
    keepDim: [false, checkBoolean],
  });
  const reduced = reduceAxes(caller, x, dim, { keepDim });
  const [variance, average] = op([x], { ...reduced, correction, whole: dim === undefined || x.rank === 0 });
  return [variance!, average!];
}
