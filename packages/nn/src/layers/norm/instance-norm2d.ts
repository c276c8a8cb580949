import { InstanceNorm } from "./instance-norm.ts";

/**
 * Normalises each channel of each image by itself, over both spatial axes.
 *
 * Shape: `[n, numFeatures, h, w]` or `[numFeatures, h, w]`; the same comes out. See `InstanceNorm` for the formula and the state.
 */
export class InstanceNorm2d extends InstanceNorm {
  protected axes(): string {
    return "n, c, h, w";
  }
}
