import { checkShape, checkTensor } from "../../checks/index.ts";
import {
  broadcastStrides,
  defineOp,
  launchOne,
  sameShape,
  type Shape,
  ShapeError,
  showShape,
  type Tensor,
} from "../../core.ts";
import { readKernel } from "../../kernels/movement.ts";
import { sumKernel } from "../../kernels/reduce/kernel.ts";
import { full } from "../../tensor/create.ts";
import { reduceAxes, type Reduced, type ReduceOptions } from "../internal/reduce-axes.ts";
import { reshape } from "../shape/reshape.ts";

// Summing and repeating are each other's adjoints, and so they share a file.

const summing = defineOp<readonly [Tensor], Reduced>({
  name: "sum",
  forward([x], { dims, shape }) {
    if (x.size === 0) return full(shape, 0, { dtype: x.dtype, device: x.device });
    return launchOne(sumKernel, [x], { shape, dtype: x.dtype }, { dims });
  },
  vjp: (grad, { inputs: [x], params: { keepDimShape } }) => [broadcastTo(reshape(grad, keepDimShape), x.shape)],
  reads: { inputs: false, outputs: false },
});

/** Sums over axes: over all, or over those named. Of nothing it is 0. @throws IndexError if an axis does not exist. */
export function sum(x: Tensor, dim?: number | readonly number[], options?: ReduceOptions): Tensor {
  return summing([x], reduceAxes("sum", x, dim, options));
}

const repeating = defineOp<readonly [Tensor], Shape>({
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
  return sameShape(x.shape, shape) ? reshape(x, shape) : repeating([x], [...shape]);
}

/**
 * The sum of `x` over the axes along which a tensor of `shape` was repeated to make it: undoes broadcasting, for
 * gradients.
 *
 * @throws ShapeError if `shape` does not broadcast to that of `x`.
 */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  checkTensor("sumTo", x);
  checkShape("sumTo", shape);
  if (sameShape(x.shape, shape)) return x;
  const lead = x.rank - shape.length;
  if (lead < 0 || shape.some((extent, axis) => extent !== 1 && extent !== x.shape[lead + axis]))
    throw new ShapeError(`sumTo: shape ${showShape(shape)} does not broadcast to ${showShape(x.shape)}`);
  const repeated = x.shape.flatMap((extent, axis) => (axis < lead || shape[axis - lead] !== extent ? [axis] : []));
  return reshape(repeated.length === 0 ? x : sum(x, repeated, { keepDim: true }), shape);
}
