import { full } from "../create.ts";
import { DTypeError } from "../errors.ts";
import { sumSquaresKernel } from "../kernels/reduce.ts";
import { defineOp, launchOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./mul.ts";
import { reduceAxes } from "./reduce-axes.ts";
import type { Reduced, ReduceOptions } from "./reduce-axes.ts";
import { reshape } from "./reshape.ts";

const op = defineOp<readonly [Tensor], Reduced>({
  name: "sumSquares",
  forward([x], { dims, shape }) {
    if (x.size === 0) return full(shape, 0);
    return launchOne(sumSquaresKernel, [x], { shape, dtype: "float32" }, { dims });
  },
  vjp: (grad, { inputs: [x], params: { kept } }) => [mul(mul(x, 2), reshape(grad, kept))],
  reads: { inputs: true, outputs: false },
});

/** Sums of squares over axes, in one pass. @throws DTypeError of int32. */
export function sumSquares(x: Tensor, dim?: number | readonly number[], options?: ReduceOptions): Tensor {
  if (x.dtype !== "float32") throw new DTypeError(`sumSquares: expected a float32 tensor, got ${x.dtype}`);
  return op([x], reduceAxes("sumSquares", x, dim, options));
}
