import { ValueError } from "../errors.ts";
import type { Window, Windows } from "../kernels/pool2d.ts";
import type { Tensor } from "../tensor.ts";
import { average2d } from "./average2d.ts";
import { poolWindow } from "./pool-window.ts";
import type { Pair, PoolOptions } from "./pool-window.ts";

/** Options of average pooling. */
export interface AvgPool2dOptions extends PoolOptions {
  /** Whether padding counts among the values that are averaged. @default true */
  readonly countIncludePad?: boolean;
  /** What sums are divided by instead of the number of values. @default null */
  readonly divisorOverride?: number | null;
}

/**
 * The average of each window.
 *
 * Sums are divided by the number of a window's values, those in the padding included or not; what reaches out behind the
 * padding, as a last window may with `ceilMode`, never counts. `divisorOverride` wins over both.
 *
 * Shape: `[n, c, h, w]` or `[c, h, w]` → the same with h and w pooled; see `poolWindow` for the extents.
 *
 * @throws ShapeError or ValueError if the input is too small or an option is out of its range.
 */
export function avgPool2d(x: Tensor, kernelSize: Pair, options: AvgPool2dOptions = {}): Tensor {
  const { countIncludePad = true, divisorOverride = null } = options;
  if (divisorOverride !== null && (!Number.isInteger(divisorOverride) || divisorOverride === 0)) {
    throw new ValueError(`avgPool2d: divisorOverride must be an integer other than 0, got ${divisorOverride}`);
  }
  const { window, shape } = poolWindow("avgPool2d", x, kernelSize, options);
  const along = (axis: 0 | 1): Windows =>
    windowsAlong(x.shape[x.rank - 2 + axis]!, shape[x.rank - 2 + axis]!, window, axis, countIncludePad, divisorOverride);
  return average2d(x, { rows: along(0), columns: along(1) });
}

function windowsAlong(
  size: number,
  count: number,
  { kernelSize, stride, padding }: Window,
  axis: 0 | 1,
  includePad: boolean,
  divisor: number | null,
): Windows {
  const windows = Array.from({ length: count }, (_, o) => {
    const start = o * stride[axis] - padding[axis];
    const end = Math.min(start + kernelSize[axis], size + padding[axis]);
    const [first, last] = [Math.max(start, 0), Math.min(end, size)];
    const share = divisor === null ? 1 / (includePad ? end - start : last - first) : axis === 0 ? 1 / divisor : 1;
    return { first, last, share };
  });
  return {
    size,
    starts: windows.map(({ first }) => first),
    ends: windows.map(({ last }) => last),
    weights: windows.map(({ share }) => share),
  };
}
