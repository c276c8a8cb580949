import { showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../pictures/picture.ts";
import { between, type Range, rangeWithin } from "./options/range.ts";
import { blurPicture } from "./pixels/blur-picture.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/**
 * Blurs the picture by a Gaussian whose standard deviation is drawn from a range, as in torchvision.
 *
 * Levels are torchvision's but for ties: where the exact value lies within float32's rounding of the middle between two
 * levels, they may differ by one.
 *
 * @param kernelSize an odd number of pixels, or `[across, down]`.
 * @param sigma a standard deviation in pixels above 0, or `[low, high]`.
 * @throws ValueError if an argument is not as described; when applied, if the picture is too small to be mirrored so far.
 */
export class GaussianBlur implements Transform<Picture, Picture> {
  readonly kernelSize: number | readonly [across: number, down: number];
  readonly sigma: number | Range;

  constructor(kernelSize: number | readonly [across: number, down: number], sigma: number | Range = [0.1, 2]) {
    const sizes: unknown = typeof kernelSize === "number" ? [kernelSize, kernelSize] : kernelSize;
    const odd = (size: unknown): boolean => typeof size === "number" && size > 0 && size % 2 === 1;
    if (!Array.isArray(sizes) || sizes.length !== 2 || !sizes.every(odd))
      throw new ValueError(
        `GaussianBlur: kernelSize must be a positive odd integer, or [across, down], got ${showValue(kernelSize)}`,
      );
    rangeWithin(0, Infinity, "above")("GaussianBlur", "sigma", typeof sigma === "number" ? [sigma, sigma] : sigma);
    this.kernelSize = kernelSize;
    this.sigma = sigma;
  }

  get spec(): TransformSpec {
    return { name: "GaussianBlur", options: [this.kernelSize, this.sigma] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    const { kernelSize, sigma } = this;
    const [across, down] = typeof kernelSize === "number" ? [kernelSize, kernelSize] : kernelSize;
    return blurPicture(picture, across, down, between(typeof sigma === "number" ? [sigma, sigma] : sigma, generator));
  }
}
