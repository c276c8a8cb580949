import { checkFit, checkNumber, checkTensor, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { cast, div, mean, reshape, sqrt, sub, transpose, unsqueeze } from "../basic.ts";
import { clamp } from "../elementwise/clamp.ts";
import { matmul } from "../linear/matmul.ts";
import { take } from "../shape/take.ts";

/** Options of `cov`. */
export interface CovOptions {
  /** Sums are divided by the number of observations less this. @default 1 */
  readonly correction?: number;
}

/**
 * The covariances of variables, of which each row has the observations.
 *
 * Shape: `[variables, observations]` gives `[variables, variables]`; a list or a scalar gives a scalar.
 *
 * @throws ShapeError if there are more than two axes.
 */
export function cov(x: Tensor, options: CovOptions = {}): Tensor {
  checkTensor("cov", x);
  const { correction } = readOptions("cov", options, { correction: [1, checkNumber] });
  return covariances("cov", x, correction);
}

/**
 * The correlations of variables, of which each row has the observations, from −1 to 1; NaN where all are equal.
 *
 * Shape: `[variables, observations]` gives `[variables, variables]`; a list or a scalar gives a scalar.
 *
 * @throws ShapeError if there are more than two axes.
 */
export function corrcoef(x: Tensor): Tensor {
  checkTensor("corrcoef", x);
  const c = covariances("corrcoef", x, 1);
  if (c.rank === 0) return div(c, c);
  const count = c.shape[0]!;
  const deviations = sqrt(take(reshape(c, [c.size]), [count], { starts: [0], steps: [count + 1] }));
  return clamp(div(div(c, unsqueeze(deviations, 1)), deviations), { min: -1, max: 1 });
}

function covariances(op: string, x: Tensor, correction: number): Tensor {
  checkFit(op, x.rank <= 2, "at most two axes", x.shape);
  const rows = cast(x.rank === 2 ? x : reshape(x, [1, x.size]), "float32");
  const apart = sub(rows, mean(rows, 1, { keepDim: true }));
  const products = matmul(apart, transpose(apart, 0, 1));
  const found = div(products, Math.max(0, rows.shape[1]! - correction));
  return rows.shape[0] === 1 ? reshape(found, []) : found;
}
