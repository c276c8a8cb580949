import { checkTensor } from "../check-tensor.ts";
import { ShapeError } from "../errors.ts";
import { readKernel } from "../kernels/movement.ts";
import { defineOp, launchOne } from "../op.ts";
import { broadcastStrides, checkShape, sameShape, showShape } from "../shape.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { reshape } from "./reshape.ts";
import { sumTo } from "./sum-to.ts";

const op = defineOp<readonly [Tensor], Shape>({
  name: "broadcastTo",
  forward: ([x], shape) =>
    launchOne(readKernel, [x], { shape, dtype: x.dtype }, { offset: 0, strides: broadcastStrides(x.shape, shape) }),
  vjp: (grad, { inputs: [x] }) => [sumTo(grad, x.shape)],
  reads: { inputs: false, outputs: false },
});

/**
 * Repeats `x` along its axes of extent 1, and along new leading ones, until it has `shape`. A dense copy.
 *
 * Most ops broadcast by themselves and need no copy.
 *
 * @throws ShapeError if `x` does not broadcast to `shape`.
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  checkTensor("broadcastTo", x);
  checkShape("broadcastTo", shape);
  const lead = shape.length - x.rank;
  if (lead < 0 || x.shape.some((extent, axis) => extent !== 1 && extent !== shape[lead + axis])) {
    throw new ShapeError(`broadcastTo: shape ${showShape(x.shape)} does not broadcast to ${showShape(shape)}`);
  }
  return sameShape(x.shape, shape) ? reshape(x, shape) : op([x], [...shape]);
}
