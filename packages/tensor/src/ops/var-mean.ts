import { checkBoolean } from "../check-argument.ts";
import { ValueError } from "../errors.ts";
import { showValue } from "../show-value.ts";
import type { Tensor } from "../tensor.ts";
import { refuseUnknownOptions } from "../unknown-options.ts";
import { div } from "./div.ts";
import { mean } from "./mean.ts";
import { reduceAxes } from "./reduce-axes.ts";
import { refuseInt32 } from "./refuse-int32.ts";
import { reshape } from "./reshape.ts";
import { sub } from "./sub.ts";
import { sumSquares } from "./sum-squares.ts";
import type { VarianceOptions } from "./variance.ts";

/** Variances and means over axes; see `variance`. */
export function varMean(
  x: Tensor,
  dim?: number | readonly number[],
  options: VarianceOptions = {},
): readonly [variance: Tensor, mean: Tensor] {
  refuseInt32("varMean", x);
  checkVarianceOptions("varMean", options);
  const { correction = 1, keepDim = false } = options;
  const { dims, shape, count } = reduceAxes("varMean", x, dim, { keepDim });
  const average = mean(x, dims, { keepDim: true });
  const squares = sumSquares(sub(x, average), dims, { keepDim });
  return [div(squares, Math.max(0, count - correction)), reshape(average, shape)];
}

/** @throws ValueError naming `op` if an option is unknown or not what it should be. */
export function checkVarianceOptions(op: string, options: VarianceOptions): void {
  refuseUnknownOptions(op, options, ["correction", "keepDim"]);
  const { correction = 1, keepDim = false } = options;
  checkBoolean(op, "keepDim", keepDim);
  if (!Number.isFinite(correction))
    throw new ValueError(`${op}: correction must be a finite number, got ${showValue(correction)}`);
}
