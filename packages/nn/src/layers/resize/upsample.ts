import type { Tensor } from "@tapegrad/tensor";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { interpolateFor, type InterpolateOptions, readInterpolateOptions } from "./interpolate.ts";

/**
 * Resizes images: `interpolate` as a module.
 *
 * Shape: `[n, c, h, w] → [n, c, ⌊h · scaleFactor⌋, ⌊w · scaleFactor⌋]` or `[n, c, …size]`.
 */
export class Upsample extends Module {
  readonly options: Required<InterpolateOptions>;

  /**
   * @throws ValueError unless exactly one of `size` and `scaleFactor` is given, or if an option is unknown or out of
   *   range.
   */
  constructor(options: InterpolateOptions) {
    super();
    this.options = readInterpolateOptions(this.constructor.name, options);
  }

  override extraRepr(): string {
    const { size, scaleFactor, mode } = this.options;
    return optionsText({ ...(size === null ? { scaleFactor } : { size }), mode });
  }

  forward(input: Tensor): Tensor {
    return interpolateFor(this.constructor.name, input, this.options);
  }
}
