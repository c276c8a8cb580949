import type { Tensor } from "../../core.ts";
import { add, cast, exp, log, reshape, sub, sum } from "../basic.ts";
import { clamp } from "../elementwise/clamp.ts";
import { LARGEST_FLOAT32 } from "../elementwise/nan-to-num.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
import { amax } from "./amax.ts";

/**
 * `log Σ eˣ` over axes, without overflow: the largest value is taken out first. Of nothing, −∞. Beside an infinity the gradient
 * of finite values is 0, and its own NaN, as in torch.
 */
export function logSumExp(x: Tensor, dim: number | readonly number[], options?: ReduceOptions): Tensor {
  const { count, dims, shape } = reduceAxes("logSumExp", x, dim, options);
  if (count === 0) return reshape(sub(sum(x, dims), Infinity), shape);
  const largest = cast(amax(x.detach(), dims, { keepDim: true }), "float32");
  const shift = clamp(largest, { min: -LARGEST_FLOAT32, max: LARGEST_FLOAT32 });
  return reshape(add(log(sum(exp(sub(x, shift)), dims, { keepDim: true })), shift), shape);
}
