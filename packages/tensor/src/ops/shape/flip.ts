import { checkTensor, normalizeDims } from "../../checks/index.ts";
import { defineOp, launchOne, stridesOf, type Tensor } from "../../core.ts";
import { readKernel } from "../../kernels/movement.ts";

const op = defineOp<readonly [Tensor], readonly number[]>({
  name: "flip",
  forward([x], dims) {
    const own = stridesOf(x.shape);
    const offset = dims.reduce((sum, dim) => sum + own[dim]! * (x.shape[dim]! - 1), 0);
    const strides = own.map((stride, axis) => (dims.includes(axis) ? -stride : stride));
    return launchOne(readKernel, [x], { shape: x.shape, dtype: x.dtype }, { offset, strides });
  },
  vjp: (grad, { params: dims }) => [flip(grad, dims)],
  reads: { inputs: false, outputs: false },
});

/** Reverses the order along the given axes. A dense copy. @throws IndexError if one does not exist or is named twice. */
export function flip(x: Tensor, dims: number | readonly number[]): Tensor {
  checkTensor("flip", x);
  return op([x], normalizeDims("flip", dims, x.rank));
}
