import { checkBoolean, refuseUnknownOptions, showValue } from "../../checks/index.ts";
import { type Tensor, ValueError } from "../../core.ts";
import type { AverageWindow, AxisWindows } from "../../kernels/pool2d/average-pool2d.ts";
import type { PoolWindows } from "../../kernels/pool2d/max-pool2d.ts";
import type { RowsAndColumns } from "../internal/rows-and-columns.ts";
import { averageWindows } from "./average-windows.ts";
import { type PoolOptions, poolWindows } from "./pool-options.ts";

/** Options of average pooling. */
export interface AvgPool2dOptions extends PoolOptions {
  /** Whether the padding counts as zeros among the values of a window, or not at all. @default true */
  readonly countIncludePad?: boolean;
  /** What every sum is divided by, whatever the window holds. @default null */
  readonly divisorOverride?: number | null;
}

/**
 * The average of each window.
 *
 * A window of `ceilMode` that reaches out of the padded image is cut off there; what is left of it counts.
 *
 * Shape: `[n, c, h, w]` or `[c, h, w]` → `[…, h′, w′]` as `maxPool2d`.
 *
 * @throws ShapeError if the image is smaller than a window. @throws ValueError if an option is not what it should be.
 */
export function avgPool2d(x: Tensor, kernelSize: RowsAndColumns, options: AvgPool2dOptions = {}): Tensor {
  return avgPool2dFor("avgPool2d", x, kernelSize, options);
}

/** `avgPool2d`, on behalf of a function or layer that errors shall name. */
export function avgPool2dFor(caller: string, x: Tensor, kernelSize: RowsAndColumns, options: AvgPool2dOptions): Tensor {
  refuseUnknownOptions(caller, options, ["stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"]);
  const { countIncludePad = true, divisorOverride = null } = options;
  checkBoolean(caller, "countIncludePad", countIncludePad);
  if (divisorOverride !== null) checkDivisor(caller, "divisorOverride", divisorOverride);
  const windows = poolWindows(caller, x, kernelSize, options);
  const rows = along(windows, 0, countIncludePad, divisorOverride);
  return averageWindows(x, rows, along(windows, 1, countIncludePad, divisorOverride === null ? null : 1));
}

/** @throws ValueError naming `op` and the option unless it is an integer other than 0. */
export function checkDivisor(op: string, name: string, value: unknown): void {
  if (!Number.isInteger(value) || value === 0)
    throw new ValueError(`${op}: ${name} must be an integer other than 0, got ${showValue(value)}`);
}

function along(pooling: PoolWindows, axis: 0 | 1, includePad: boolean, divisor: number | null): AxisWindows {
  const { input, output, kernel, stride, padding } = pooling;
  const extent = input[axis];
  const windows = Array.from({ length: output[axis] }, (_, i): AverageWindow => {
    const from = i * stride[axis] - padding[axis];
    const to = Math.min(from + kernel[axis], extent + padding[axis]);
    const [start, end] = [Math.max(from, 0), Math.min(to, extent)];
    return { start, end, divisor: divisor ?? (includePad ? to - from : end - start) };
  });
  return { extent, windows };
}
