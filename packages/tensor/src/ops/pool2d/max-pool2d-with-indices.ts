import { refuseUnknownOptions } from "../../checks/index.ts";
import { defineMultiOp, launch, launchOne, type Tensor } from "../../core.ts";
import { maxPool2dKernel, maxPool2dValuesKernel, type PoolWindows } from "../../kernels/pool2d/max-pool2d.ts";
import { isRecording } from "../../tensor/recording.ts";
import type { RowsAndColumns } from "../internal/rows-and-columns.ts";
import { maxPool2dGrad } from "./max-pool2d-grad.ts";
import type { MaxPool2dOptions } from "./max-pool2d.ts";
import { poolWindows, withPlanes } from "./pool-options.ts";

/** Whether the places of the values are an output too. A gradient needs them. */
interface Pooling extends PoolWindows {
  readonly places: boolean;
}

const op = defineMultiOp<readonly [Tensor], Pooling>({
  name: "maxPool2d",
  forward([x], windows) {
    const shape = withPlanes(x.shape, windows.output);
    if (!windows.places) return [launchOne(maxPool2dValuesKernel, [x], { shape, dtype: "float32" }, windows)];
    const made = (["float32", "int32"] as const).map((dtype) => ({ shape, dtype }));
    return launch(maxPool2dKernel, [x], made, windows);
  },
  vjp: ([grad], { outputs: [, indices], params: windows }) => [maxPool2dGrad([grad!, indices!], windows)],
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
  const [values, indices] = maxPool2dFor("maxPool2dWithIndices", x, kernelSize, options, true);
  return [values!, indices!];
}

/** The values, for a caller of this name, and if `places` or a recorded gradient asks for them the places. */
export function maxPool2dFor(
  caller: string,
  x: Tensor,
  kernelSize: RowsAndColumns,
  options: MaxPool2dOptions,
  places: boolean,
): readonly Tensor[] {
  refuseUnknownOptions(caller, options, ["stride", "padding", "dilation", "ceilMode"]);
  const windows = poolWindows(caller, x, kernelSize, options);
  return op([x], { ...windows, places: places || (isRecording() && x.requiresGrad) });
}
