import { full } from "../create.ts";
import { sumKernel } from "../kernels/reduce.ts";
import { defineOp, launchOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { broadcastTo } from "./broadcast-to.ts";
import { reduceAxes } from "./reduce-axes.ts";
import type { Reduced, ReduceOptions } from "./reduce-axes.ts";
import { reshape } from "./reshape.ts";

const op = defineOp<readonly [Tensor], Reduced>({
  name: "sum",
  forward([x], { dims, shape }) {
    if (x.size === 0) return full(shape, 0, { dtype: x.dtype, device: x.device });
    return launchOne(sumKernel, [x], { shape, dtype: x.dtype }, { dims });
  },
  vjp: (grad, { inputs: [x], params: { kept } }) => [broadcastTo(reshape(grad, kept), x.shape)],
  reads: { inputs: false, outputs: false },
});

/** Sums over axes: over all, or over those named. Of nothing it is 0. @throws IndexError if an axis does not exist. */
export function sum(x: Tensor, dim?: number | readonly number[], options?: ReduceOptions): Tensor {
  return op([x], reduceAxes("sum", x, dim, options));
}
