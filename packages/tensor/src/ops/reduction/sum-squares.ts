import { checkFloat } from "../../checks/index.ts";
import { defineOp, launchOne, type Tensor } from "../../core.ts";
import { sumSquaresKernel } from "../../kernels/reduce/kernel.ts";
import { full } from "../../tensor/create.ts";
import { mul, reshape } from "../basic.ts";
import { reduceAxes, type Reduced, type ReduceOptions } from "../internal/reduce-axes.ts";

const op = defineOp<readonly [Tensor], Reduced>({
  name: "sumSquares",
  forward([x], { dims, shape }) {
    if (x.size === 0) return full(shape, 0, { device: x.device });
    return launchOne(sumSquaresKernel, [x], { shape, dtype: "float32" }, { dims });
  },
  vjp: (grad, { inputs: [x], params: { keepDimShape } }) => [mul(mul(x, 2), reshape(grad, keepDimShape))],
  reads: { inputs: true, outputs: false },
});

/** Sums of squares over axes, in one pass. @throws DTypeError of int32. */
export function sumSquares(x: Tensor, dim?: number | readonly number[], options?: ReduceOptions): Tensor {
  checkFloat("sumSquares", x);
  return op([x], reduceAxes("sumSquares", x, dim, options));
}
