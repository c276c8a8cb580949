import type { Tensor } from "../../core.ts";
import type { RowsAndColumns } from "../internal/rows-and-columns.ts";
import { maxPool2dFor } from "./max-pool2d-with-indices.ts";
import type { PoolOptions } from "./pool-options.ts";

/** Options of max pooling. */
export interface MaxPool2dOptions extends PoolOptions {
  /** Distance between the places of a window. @default 1 */
  readonly dilation?: RowsAndColumns;
}

/**
 * The largest value of each window. Padding counts as −∞; a NaN in a window is its result.
 *
 * The gradient goes to the place where the value was found: of equal ones the first, row by row.
 *
 * Shape: `[n, c, h, w]` or `[c, h, w]` → `[…, h′, w′]` with `h′ = ⌊(h + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1`, rounded
 * up with `ceilMode` unless a window would begin behind the image.
 *
 * @throws ShapeError if the image is smaller than a window. @throws ValueError if an option is not what it should be.
 */
export function maxPool2d(x: Tensor, kernelSize: RowsAndColumns, options: MaxPool2dOptions = {}): Tensor {
  return maxPool2dFor("maxPool2d", x, kernelSize, options, false)[0]!;
}
