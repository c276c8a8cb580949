import { checkFloat } from "../../checks/index.ts";
import { defineOp, launchOne, type Tensor } from "../../core.ts";
import { sumKernel } from "../../kernels/reduce/kernel.ts";
import { full } from "../../tensor/create.ts";
import { div } from "../elementwise/div.ts";
import { reduceAxes, type Reduced, type ReduceOptions } from "../internal/reduce-axes.ts";
import { broadcastTo } from "../shape/broadcast-to.ts";
import { reshape } from "../shape/reshape.ts";

const op = defineOp<readonly [Tensor], Reduced>({
  name: "mean",
  forward([x], { dims, shape, count }) {
    if (x.size === 0) return full(shape, NaN, { device: x.device });
    return launchOne(sumKernel, [x], { shape, dtype: "float32" }, { dims, divisor: count });
  },
  // Of nothing there is nothing to divide, which a second gradient would do by 0.
  vjp: (grad, { inputs: [x], params: { keepDimShape, count } }) => [
    broadcastTo(reshape(div(grad, Math.max(count, 1)), keepDimShape), x.shape),
  ],
  reads: { inputs: false, outputs: false },
});

/** Means over axes: over all, or over those named. Of nothing it is NaN. @throws DTypeError of int32. */
export function mean(x: Tensor, dim?: number | readonly number[], options?: ReduceOptions): Tensor {
  checkFloat("mean", x);
  return op([x], reduceAxes("mean", x, dim, options));
}
