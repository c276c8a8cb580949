import { defineOp, launchOne, type Tensor } from "../../core.ts";
import type { Kernel } from "../../devices/kernel.ts";
import type { ReduceParams } from "../../kernels/reduce/kernel.ts";
import { add, div, equal, gather, mul, notEqual, reshape, squeeze, sum } from "../basic.ts";
import type { argmax } from "../reduction/argmax.ts";
import type { ValuesAndIndices } from "../reduction/max.ts";
import { axisOf } from "./axis-of.ts";
import { named } from "./named.ts";
import { choiceAxes, type Dims, type Reduced, type ReduceOptions, keepsDim } from "./reduce-axes.ts";

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

/** What `max` and `min` have in common, given what they choose of all values, and how they find positions. */
export function extremes(
  op: string,
  x: Tensor,
  dim: number | undefined,
  options: ReduceOptions,
  ofAll: Extreme,
  positions: typeof argmax,
): Tensor | ValuesAndIndices {
  if (dim === undefined) return ofAll(x, undefined, options);
  const axis = axisOf(op, x, dim);
  const keepDim = keepsDim(op, options);
  const indices = positions(x, axis, { keepDim: true });
  const values = x.rank === 0 ? x : gather(x, axis, indices);
  return keepDim ? { values, indices } : { values: squeeze(values, axis), indices: squeeze(indices, axis) };
}
