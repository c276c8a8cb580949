import { averageGradKernel, averageKernel } from "../kernels/pool2d.ts";
import type { AverageParams } from "../kernels/pool2d.ts";
import { defineOp, launchOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";

type AverageOp = (inputs: readonly [Tensor], params: AverageParams) => Tensor;

const forward: AverageOp = defineOp<readonly [Tensor], AverageParams>({
  name: "average2d",
  forward([x], params) {
    const shape = [...x.shape.slice(0, -2), params.rows.starts.length, params.columns.starts.length];
    return launchOne(averageKernel, [x], { shape, dtype: "float32" }, params);
  },
  vjp: (grad, { params }) => [adjoint([grad], params)],
  reads: { inputs: false, outputs: false },
});

const adjoint: AverageOp = defineOp<readonly [Tensor], AverageParams>({
  name: "average2dGrad",
  forward([grad], params) {
    const shape = [...grad.shape.slice(0, -2), params.rows.size, params.columns.size];
    return launchOne(averageGradKernel, [grad], { shape, dtype: "float32" }, params);
  },
  vjp: (grad, { params }) => [forward([grad], params)],
  reads: { inputs: false, outputs: false },
});

/** Weighted sums of windows of each plane: what average pooling of all kinds is made of. */
export function average2d(x: Tensor, params: AverageParams): Tensor {
  return forward([x], params);
}
