import { type Applied, defineOp, launchOne, sizeOf, type Tensor } from "../../core.ts";
import {
  averagePool2dGradKernel,
  averagePool2dKernel,
  type AverageWindows,
  type AxisWindows,
} from "../../kernels/pool2d/average-pool2d.ts";
import { withPlanes } from "./pool-options.ts";

/**
 * The sum over each window of the planes of `x`, divided by the divisors of its rows and columns: what all average pooling
 * is made of.
 */
export function averageWindows(x: Tensor, rows: AxisWindows, columns: AxisWindows): Tensor {
  return average([x], { planes: sizeOf(x.shape.slice(0, -2)), rows, columns });
}

// Adjoint to each other, hence each is the other's gradient.

const average: Applied<readonly [Tensor], AverageWindows> = defineOp({
  name: "averagePool2d",
  forward([x], windows) {
    const { rows, columns } = windows;
    const shape = withPlanes(x.shape, [rows.windows.length, columns.windows.length]);
    return launchOne(averagePool2dKernel, [x], { shape, dtype: "float32" }, windows);
  },
  vjp: (grad, { params: windows }) => [averageGrad([grad], windows)],
  reads: { inputs: false, outputs: false },
});

const averageGrad: Applied<readonly [Tensor], AverageWindows> = defineOp({
  name: "averagePool2dGrad",
  forward([grad], windows) {
    const shape = withPlanes(grad.shape, [windows.rows.extent, windows.columns.extent]);
    return launchOne(averagePool2dGradKernel, [grad], { shape, dtype: "float32" }, windows);
  },
  vjp: (grad, { params: windows }) => [average([grad], windows)],
  reads: { inputs: false, outputs: false },
});
