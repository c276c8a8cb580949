import { checkTensor } from "../check-tensor.ts";
import { readKernel } from "../kernels/movement.ts";
import { defineOp, launchOne } from "../op.ts";
import { stridesOf } from "../shape.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { checkPlacement, checkReach, place } from "./place.ts";
import type { Placement } from "./place.ts";

interface TakeParams extends Placement {
  readonly shape: Shape;
}

const op = defineOp<readonly [Tensor], TakeParams>({
  name: "take",
  forward([x], { shape, starts, steps }) {
    const own = stridesOf(x.shape);
    const offset = own.reduce((sum, stride, axis) => sum + stride * starts[axis]!, 0);
    return launchOne(
      readKernel,
      [x],
      { shape, dtype: x.dtype },
      { offset, strides: own.map((stride, axis) => stride * steps[axis]!) },
    );
  },
  vjp: (grad, { inputs: [x], params: { starts, steps } }) => [place(grad, x.shape, { starts, steps })],
  reads: { inputs: false, outputs: false },
});

/**
 * The elements of `x` at `start + i·step` along each axis, `shape` of them: slices and flips, and the adjoint of `place`.
 *
 * @throws IndexError if one lies outside of `x`.
 */
export function take(x: Tensor, shape: Shape, placement: Placement): Tensor {
  checkTensor("take", x);
  checkPlacement("take", x, shape, placement);
  checkReach("take", shape, x.shape, placement);
  const { starts, steps } = placement;
  return op([x], { shape, starts, steps });
}
