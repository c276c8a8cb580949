import { defineOp, launchOne, type Tensor } from "../../core.ts";
import { cumprodKernel } from "../../kernels/scan.ts";
import { mul, reshape } from "../basic.ts";
import { axisOf } from "../internal/axis-of.ts";
import { linearRecurrence, shifted } from "../internal/linear-recurrence.ts";
import { scanAlong } from "./cumsum.ts";

/**
 * With y[j − 1] the product of all factors before x[j], and S[j] = Σ over k ≥ j of grad[k]·x[j + 1]⋯x[k], the gradient is
 * y[j − 1]·S[j]. S satisfies S[j] = grad[j] + x[j + 1]·S[j + 1], so nothing is divided by a factor that may be 0.
 */
const op = defineOp<readonly [Tensor], number>({
  name: "cumprod",
  forward: ([x], axis) => launchOne(cumprodKernel, [x], { shape: x.shape, dtype: x.dtype }, scanAlong(x, axis)),
  vjp(grad, { inputs: [x], outputs: [y], params: axis }) {
    const rest = linearRecurrence([x, grad], { ...scanAlong(x, axis), axis, reverse: true });
    return [mul(shifted(y!, axis, 1), rest)];
  },
});

/**
 * Running products along an axis: `y[k] = x[0]⋯x[k]`.
 *
 * Products of int32 stay int32, as those of `prod` do. Gradients are right where factors are 0. wasm multiplies in double
 * precision and rounds each product once, as torch does.
 *
 * @throws IndexError if the axis does not exist.
 */
export function cumprod(x: Tensor, dim: number): Tensor {
  const axis = axisOf("cumprod", x, dim);
  return x.rank === 0 ? reshape(op([reshape(x, [1])], 0), []) : op([x], axis);
}
