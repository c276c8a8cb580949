import type { Tensor } from "@tapegrad/tensor";
import { maxPool2d } from "@tapegrad/tensor/ops/max-pool2d";
import { maxPool2dWithIndices } from "@tapegrad/tensor/ops/max-pool2d-with-indices";
import { Module } from "./module.ts";
import type { Pair } from "./sizes.ts";
import { refuseUnknownOptions } from "./unknown-options.ts";

/** Options of `MaxPool2d`. */
export interface MaxPool2dOptions {
  /** How far the window moves. @default kernelSize */
  readonly stride?: Pair;
  /** Rows and columns of −∞ around the input; at most half the window. @default 0 */
  readonly padding?: Pair;
  /** Distance of neighbouring cells of the window. @default 1 */
  readonly dilation?: Pair;
  /** Whether windows may reach beyond the end, as long as they begin before it. @default false */
  readonly ceilMode?: boolean;
}

/**
 * The largest value in each window.
 *
 * Shape: `[n, c, h, w] → [n, c, ⌊(h + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1, …]`; without `n` alike. The
 * first of equal values takes the gradient; NaN wins over all.
 */
export class MaxPool2d extends Module {
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly ceilMode: boolean;

  constructor(
    kernelSize: Pair,
    { stride = kernelSize, padding = 0, dilation = 1, ceilMode = false, ...rest }: MaxPool2dOptions = {},
  ) {
    super();
    refuseUnknownOptions("MaxPool2d", rest);
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
    this.ceilMode = ceilMode;
  }

  forward(input: Tensor): Tensor {
    return maxPool2d(input, this.kernelSize, this.#options());
  }

  /** Also says where each maximum was: its index in `h·w` (torch: `return_indices=True`). */
  forwardWithIndices(input: Tensor): readonly [values: Tensor, indices: Tensor] {
    return maxPool2dWithIndices(input, this.kernelSize, this.#options());
  }

  #options(): Required<MaxPool2dOptions> {
    const { stride, padding, dilation, ceilMode } = this;
    return { stride, padding, dilation, ceilMode };
  }
}
