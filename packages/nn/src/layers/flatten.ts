import type { Tensor } from "@tapegrad/tensor";
import { checkInteger, readOptions } from "@tapegrad/tensor/internal";
import { flatten } from "@tapegrad/tensor/ops";
import { ShownLayer } from "../module/shown-layer.ts";

/** Options of `Flatten`. */
export interface FlattenOptions {
  /** First axis that is merged. @default 1 */
  readonly startDim?: number;
  /** Last axis that is merged; negative ones count from the end. @default -1 */
  readonly endDim?: number;
}

/**
 * Merges neighbouring axes into one; by default all but the batch.
 *
 * Shape: `[n, c, h, w] → [n, c·h·w]`.
 */
export class Flatten extends ShownLayer {
  readonly startDim: number;
  readonly endDim: number;

  constructor(options: FlattenOptions = {}) {
    super();
    const { startDim, endDim } = readOptions("Flatten", options, {
      startDim: [1, checkInteger],
      endDim: [-1, checkInteger],
    });
    this.startDim = startDim;
    this.endDim = endDim;
  }

  forward(input: Tensor): Tensor {
    return flatten(input, this.startDim, this.endDim);
  }
}
