import { checkTensor, normalizeDim, showValue } from "../../checks/index.ts";
import { defineOp, launchOne, ShapeError, showShape, type Tensor } from "../../core.ts";
import { permutedStrides, readKernel } from "../../kernels/movement.ts";
import { reshape } from "./reshape.ts";

const op = defineOp<readonly [Tensor], readonly number[]>({
  name: "permute",
  forward([x], dims) {
    const shape = dims.map((dim) => x.shape[dim]!);
    const strides = permutedStrides(x.shape, dims);
    return launchOne(readKernel, [x], { shape, dtype: x.dtype }, { offset: 0, strides });
  },
  vjp(grad, { params: dims }) {
    const back = dims.map((_, axis) => dims.indexOf(axis));
    return [permute(grad, back)];
  },
  reads: { inputs: false, outputs: false },
});

/**
 * The axes in another order: axis `i` of the result is axis `dims[i]` of `x`. A dense copy.
 *
 * @throws ShapeError unless `dims` names every axis once. @throws IndexError if one does not exist.
 */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  checkTensor("permute", x);
  if (!Array.isArray(dims)) throw new ShapeError(`permute: expected a list of axes, got ${showValue(dims)}`);
  const order = dims.map((dim) => normalizeDim("permute", dim, x.rank));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new ShapeError(`permute: expected every axis of ${showShape(x.shape)} once, got ${showShape(dims)}`);
  }
  return order.every((dim, axis) => dim === axis) ? reshape(x, x.shape) : op([x], order);
}
