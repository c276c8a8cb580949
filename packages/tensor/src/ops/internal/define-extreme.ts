import { defineOp, launchOne, type Tensor } from "../../core.ts";
import type { Kernel } from "../../devices/kernel.ts";
import type { ReduceParams } from "../../kernels/reduce.ts";
import { add, div, equal, mul, notEqual, reshape, sum } from "../basic.ts";
import { named } from "./named.ts";
import { choiceAxes, type Dims, type Reduced, type ReduceOptions } from "./reduce-axes.ts";

/** A value over axes. */
export type Extreme = (x: Tensor, dim?: Dims, options?: ReduceOptions) => Tensor;

/**
 * A reduction to the largest or smallest value, which shares the gradient evenly among ties. Where the result is NaN, the NaNs
 * share it if `nanTies`; else the whole gradient is NaN.
 */
export function defineExtreme(name: string, kernel: Kernel<ReduceParams>, nanTies = false): Extreme {
  const op = defineOp<readonly [Tensor], Reduced>({
    name,
    forward: ([x], { dims, shape }) => launchOne(kernel, [x], { shape, dtype: x.dtype }, { dims }),
    vjp(grad, { inputs: [x], outputs: [y], params: { dims, keepDimShape } }) {
      const equals = equal(x.detach(), reshape(y!.detach(), keepDimShape));
      const chosen = nanTies ? add(equals, notEqual(x.detach(), x.detach())) : equals;
      return [mul(chosen, div(reshape(grad, keepDimShape), sum(chosen, dims, { keepDim: true })))];
    },
  });
  return named(name, (x, dim, options) => op([x], choiceAxes(name, x, dim, options)));
}
