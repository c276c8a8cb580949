import { maxPool2dGradKernel } from "../kernels/pool2d.ts";
import type { Window } from "../kernels/pool2d.ts";
import { defineOp, launchOne } from "../op.ts";
import { sizeOf } from "../shape.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { gatherRows } from "./gather-rows.ts";

interface GradParams {
  readonly indices: Tensor;
  readonly shape: Shape;
  readonly window: Window;
}

const op = defineOp<readonly [Tensor], GradParams>({
  name: "maxPool2dGrad",
  forward: ([grad], { indices, shape, window }) => launchOne(maxPool2dGradKernel, [grad, indices], { shape, dtype: "float32" }, window),
  vjp(grad, { params: { indices, shape } }) {
    const [outer, length, count] = [sizeOf(shape.slice(0, -2)), sizeOf(shape.slice(-2)), sizeOf(indices.shape.slice(-2))];
    return [gatherRows(grad, { index: indices, values: shape, picks: indices.shape, outer, length, count, inner: 1, shared: false })];
  },
  reads: { inputs: false, outputs: false },
});

/** The gradient of max-pooling for its input of `shape`: each window's gradient goes to where its largest value stood. */
export function maxPool2dGrad(grad: Tensor, indices: Tensor, shape: Shape, window: Window): Tensor {
  return op([grad], { indices, shape, window });
}
