import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import type { InterpolateOptions } from "./interpolate.ts";
import { Upsample } from "./upsample.ts";

/**
 * Resizes images, each pixel being the weighted mean of four of the input: `Upsample` with `mode: "bilinear"` and
 * `alignCorners: true`.
 *
 * Shape: `[n, c, h, w] → [n, c, ⌊h · scaleFactor⌋, ⌊w · scaleFactor⌋]` or `[n, c, …size]`.
 */
export class UpsamplingBilinear2d extends Upsample {
  /** @throws ValueError unless exactly one of `size` and `scaleFactor` is given, or if an option is unknown or out of range. */
  constructor(options: Pick<InterpolateOptions, "size" | "scaleFactor">) {
    refuseUnknownOptions("UpsamplingBilinear2d", options, ["size", "scaleFactor"]);
    super({ ...options, mode: "bilinear", alignCorners: true });
  }
}
