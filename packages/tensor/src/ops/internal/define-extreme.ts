import type { Kernel } from "../../devices/kernel.ts";
import { ShapeError } from "../../errors.ts";
import type { ReduceParams } from "../../kernels/reduce.ts";
import { launchOne } from "../../launch.ts";
import { defineOp } from "../../op.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equal } from "../comparison/equal.ts";
import { notEqual } from "../comparison/not-equal.ts";
import { add } from "../elementwise/add.ts";
import { div } from "../elementwise/div.ts";
import { mul } from "../elementwise/mul.ts";
import { sum } from "../reduction/sum.ts";
import { reshape } from "../shape/reshape.ts";
import { reduceAxes, type Reduced, type ReduceOptions } from "./reduce-axes.ts";

/**
 * A reduction to the largest or smallest value, which shares the gradient evenly among ties. Where the result is NaN, the NaNs
 * share it if `nanTies`; else the whole gradient is NaN.
 */
export function defineExtreme(
  name: string,
  kernel: Kernel<ReduceParams>,
  nanTies = false,
): (x: Tensor, dim?: number | readonly number[], options?: ReduceOptions) => Tensor {
  const op = defineOp<readonly [Tensor], Reduced>({
    name,
    forward: ([x], { dims, shape }) => launchOne(kernel, [x], { shape, dtype: x.dtype }, { dims }),
    vjp(grad, { inputs: [x], outputs: [y], params: { dims, keepDimShape } }) {
      const equals = equal(x.detach(), reshape(y!.detach(), keepDimShape));
      const chosen = nanTies ? add(equals, notEqual(x.detach(), x.detach())) : equals;
      return [mul(chosen, div(reshape(grad, keepDimShape), sum(chosen, dims, { keepDim: true })))];
    },
  });
  return (x, dim, options) => {
    const reduced = reduceAxes(name, x, dim, options);
    if (reduced.count === 0)
      throw new ShapeError(
        `${name}: there is no value to choose along axes ${showShape(reduced.dims)} of shape ${showShape(x.shape)}`,
      );
    return op([x], reduced);
  };
}
