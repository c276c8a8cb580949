import type { Tensor } from "@tapegrad/tensor";
import { adaptiveAvgPool2d } from "@tapegrad/tensor/ops/adaptive-avg-pool2d";
import { Module } from "./module.ts";

/** An extent for height and width alike, or one for each; null keeps the input's. */
export type OutputSize = number | readonly [number | null, number | null];

/**
 * Means over bins that divide height and width evenly, however large the input.
 *
 * Shape: `[n, c, h, w] → [n, c, …outputSize]`; bin `i` of `out` reaches from `⌊i·h / out⌋` to `⌈(i + 1)·h / out⌉`, so
 * bins may overlap.
 */
export class AdaptiveAvgPool2d extends Module {
  readonly outputSize: OutputSize;

  constructor(outputSize: OutputSize) {
    super();
    this.outputSize = outputSize;
  }

  forward(input: Tensor): Tensor {
    return adaptiveAvgPool2d(input, this.outputSize);
  }
}
