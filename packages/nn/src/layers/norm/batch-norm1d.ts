import { BatchNorm } from "./batch-norm.ts";

/**
 * Normalises each feature over the batch, or each channel over the batch and the length axis.
 *
 * Shape: `[n, c] → [n, c]` or `[n, c, l] → [n, c, l]`, where `c` is `numFeatures`. While training, `n·l` must
 * exceed 1. See `BatchNorm` for the formula and the state.
 */
export class BatchNorm1d extends BatchNorm {
  protected axes(): readonly string[] {
    return ["n, c", "n, c, l"];
  }
}
