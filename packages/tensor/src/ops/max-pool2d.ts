import type { Tensor } from "../tensor.ts";
import { maxPool2dWithIndices } from "./max-pool2d-with-indices.ts";
import type { Pair, PoolOptions } from "./pool-window.ts";

/** Options of max-pooling. */
export interface MaxPool2dOptions extends PoolOptions {
  /** Distance between a window's elements. @default 1 */
  readonly dilation?: Pair;
}

/**
 * The largest value of each window. Padding counts as −∞, NaN wins, and of equals the first in row-major order takes the
 * gradient.
 *
 * Shape: `[n, c, h, w]` or `[c, h, w]` → the same with h and w pooled; see `poolWindow` for the extents.
 *
 * @throws ShapeError or ValueError if the input is too small or an option is out of its range.
 */
export function maxPool2d(x: Tensor, kernelSize: Pair, options: MaxPool2dOptions = {}): Tensor {
  return maxPool2dWithIndices(x, kernelSize, options)[0];
}
