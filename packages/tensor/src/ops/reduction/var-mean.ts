import { checkBoolean, checkFinite, checkFloat, readOptions } from "../../checks/index.ts";
import { defineMultiOp, type Tensor } from "../../core.ts";
import { onesLike } from "../../tensor/create.ts";
import { add, broadcastTo, div, mean, mul, reshape, sub } from "../basic.ts";
import { reduceAxes, type Reduced } from "../internal/reduce-axes.ts";
import { sumSquares } from "./sum-squares.ts";
import type { VarianceOptions } from "./variance.ts";

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

/** Variances and means over axes; see `variance`. */
export function varMean(
  x: Tensor,
  dim?: number | readonly number[],
  options: VarianceOptions = {},
): readonly [variance: Tensor, mean: Tensor] {
  return varMeanFor("varMean", x, dim, options);
}

/** `varMean`, on behalf of a function that errors shall name. */
export function varMeanFor(
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
