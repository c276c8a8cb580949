import { type Applied, defineOp, launchOne, type Tensor } from "../../core.ts";
import { maxPool2dGradKernel, type PoolWindows, takeMaximaKernel } from "../../kernels/pool2d/max-pool2d.ts";
import { withPlanes } from "./pool-options.ts";

/**
 * The gradient of `maxPool2d` for its input: each window's gradient is added where its value was found.
 *
 * Shape: `grad` and `indices` `[…, h′, w′]` → `[…, h, w]`.
 */
export const maxPool2dGrad: Applied<readonly [grad: Tensor, indices: Tensor], PoolWindows> = defineOp({
  name: "maxPool2dGrad",
  forward(inputs, windows) {
    const shape = withPlanes(inputs[0].shape, windows.input);
    return launchOne(maxPool2dGradKernel, inputs, { shape, dtype: "float32" }, windows);
  },
  vjp: (grad, { inputs: [, indices], params: windows }) => [take([grad, indices], windows), null],
  reads: { inputs: [1], outputs: false },
});

/** The adjoint of `maxPool2dGrad`, and its gradient. */
const take: Applied<readonly [Tensor, Tensor], PoolWindows> = defineOp({
  name: "maxPool2dTake",
  forward: ([x, indices], windows) =>
    launchOne(takeMaximaKernel, [x, indices], { shape: indices.shape, dtype: "float32" }, windows),
  vjp: (grad, { inputs: [, indices], params: windows }) => [maxPool2dGrad([grad, indices], windows), null],
  reads: { inputs: [1], outputs: false },
});
