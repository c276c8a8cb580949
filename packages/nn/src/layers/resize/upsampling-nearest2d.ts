import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import type { InterpolateOptions } from "./interpolate.ts";
import { Upsample } from "./upsample.ts";

/**
 * Resizes images, each pixel being the nearest of the input: `Upsample` in its usual mode.
 *
 * Shape: `[n, c, h, w] → [n, c, ⌊h · scaleFactor⌋, ⌊w · scaleFactor⌋]` or `[n, c, …size]`.
 */
export class UpsamplingNearest2d extends Upsample {
  /** @throws ValueError unless exactly one of `size` and `scaleFactor` is given, or if an option is unknown or out of range. */
  constructor(options: Pick<InterpolateOptions, "size" | "scaleFactor">) {
    refuseUnknownOptions("UpsamplingNearest2d", options, ["size", "scaleFactor"]);
    super(options);
  }
}
