import { InstanceNorm } from "./instance-norm.ts";

/**
 * Normalises each channel of each sequence by itself, along it.
 *
 * Shape: `[n, numFeatures, l]` or `[numFeatures, l]`; the same comes out. See `InstanceNorm` for the formula and the state.
 */
export class InstanceNorm1d extends InstanceNorm {
  protected axes(): string {
    return "n, c, l";
  }
}
