import type { Tensor } from "../tensor.ts";
import { div } from "./div.ts";
import { mean } from "./mean.ts";
import { reduceAxes } from "./reduce-axes.ts";
import { reshape } from "./reshape.ts";
import { sub } from "./sub.ts";
import { sumSquares } from "./sum-squares.ts";
import type { VarianceOptions } from "./variance.ts";

/** Variances and means over axes; see `variance`. */
export function varMean(
  x: Tensor,
  dim?: number | readonly number[],
  { correction = 1, keepDim = false }: VarianceOptions = {},
): readonly [variance: Tensor, mean: Tensor] {
  const { dims, shape, count } = reduceAxes("varMean", x, dim, { keepDim });
  const average = mean(x, dims, { keepDim: true });
  const squares = sumSquares(sub(x, average), dims, { keepDim });
  return [div(squares, Math.max(0, count - correction)), reshape(average, shape)];
}
