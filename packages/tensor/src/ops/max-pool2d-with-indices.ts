import { maxPool2dKernel } from "../kernels/max-pool2d.ts";
import type { PoolWindows } from "../kernels/max-pool2d.ts";
import { defineMultiOp, launch } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { refuseUnknownOptions } from "../unknown-options.ts";
import type { MaxPool2dOptions } from "./max-pool2d.ts";
import { maxPool2dBackward } from "./max-pool2d-backward.ts";
import { poolWindows, withPlanes } from "./pool-options.ts";
import type { RowsAndColumns } from "./rows-and-columns.ts";

const op = defineMultiOp<readonly [Tensor], PoolWindows>({
  name: "maxPool2d",
  forward([x], windows) {
    const shape = withPlanes(x.shape, windows.output);
    return launch(
      maxPool2dKernel,
      [x],
      [
        { shape, dtype: "float32" },
        { shape, dtype: "int32" },
      ],
      windows,
    );
  },
  vjp: ([grad], { outputs: [, indices], params: windows }) => [maxPool2dBackward(grad!, indices!, windows)],
  reads: { inputs: false, outputs: true },
});

/**
 * `maxPool2d`, and where each value was found: int32 places `row·w + column` in its plane. −1 stands beside the −∞ of a
 * window that misses the image, as dilated ones can.
 */
export function maxPool2dWithIndices(
  x: Tensor,
  kernelSize: RowsAndColumns,
  options: MaxPool2dOptions = {},
): readonly [values: Tensor, indices: Tensor] {
  return maxPoolings("maxPool2dWithIndices", x, kernelSize, options);
}

/** Both results, for a caller of this name. */
export function maxPoolings(
  caller: string,
  x: Tensor,
  kernelSize: RowsAndColumns,
  options: MaxPool2dOptions,
): readonly [values: Tensor, indices: Tensor] {
  refuseUnknownOptions(caller, options, ["stride", "padding", "dilation", "ceilMode"]);
  const [values, indices] = op([x], poolWindows(caller, x, kernelSize, options));
  return [values!, indices!];
}
