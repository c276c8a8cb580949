import type { Tensor } from "../tensor.ts";
import { abs } from "./abs.ts";
import { add } from "./add.ts";
import { amax } from "./amax.ts";
import { equal } from "./equal.ts";
import { exp } from "./exp.ts";
import { log } from "./log.ts";
import { reduceAxes } from "./reduce-axes.ts";
import type { ReduceOptions } from "./reduce-axes.ts";
import { reshape } from "./reshape.ts";
import { sub } from "./sub.ts";
import { sum } from "./sum.ts";
import { where } from "./where.ts";

/** `log Σ eˣ` over axes, without overflow: the largest value is taken out first. Of nothing, −∞. */
export function logSumExp(x: Tensor, dim: number | readonly number[], options?: ReduceOptions): Tensor {
  const { count, dims, shape } = reduceAxes("logSumExp", x, dim, options);
  if (count === 0) return reshape(log(sum(exp(x), dims)), shape);
  const largest = amax(x.detach(), dims, { keepDim: true });
  const shift = where(equal(abs(largest), Infinity), 0, largest);
  return reshape(add(log(sum(exp(sub(x, shift)), dims, { keepDim: true })), shift), shape);
}
