import { BatchNorm } from "./batch-norm.ts";

/**
 * Normalises each channel over the batch and both spatial axes.
 *
 * Shape: `[n, c, h, w] → [n, c, h, w]`, where `c` is `numFeatures`. While training, `n·h·w` must exceed 1. See
 * `BatchNorm` for the formula and the state.
 */
export class BatchNorm2d extends BatchNorm {
  protected axes(): readonly string[] {
    return ["n, c, h, w"];
  }
}
