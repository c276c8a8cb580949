import type { Tensor } from "@tapegrad/tensor";
import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { maxPool2d } from "@tapegrad/tensor/ops/max-pool2d";
import { maxPool2dWithIndices } from "@tapegrad/tensor/ops/max-pool2d-with-indices";
import { checkFlags } from "../../checks/check-values.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { asExtents, type Pair } from "../sizes.ts";

/** Options of `MaxPool2d`. */
export interface MaxPool2dOptions {
  /** How far the window moves; null: as far as it is wide. @default kernelSize */
  readonly stride?: Pair | null;
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

  /** @throws ValueError if a size or option is not what it should be, or unknown. */
  constructor(kernelSize: Pair, options: MaxPool2dOptions = {}) {
    super();
    refuseUnknownOptions("MaxPool2d", options, ["stride", "padding", "dilation", "ceilMode"]);
    const { stride = kernelSize, padding = 0, dilation = 1, ceilMode = false } = options;
    asExtents("MaxPool2d", "kernelSize", kernelSize, 2, 1);
    if (stride !== null) asExtents("MaxPool2d", "stride", stride, 2, 1);
    asExtents("MaxPool2d", "padding", padding, 2, 0);
    asExtents("MaxPool2d", "dilation", dilation, 2, 1);
    checkFlags("MaxPool2d", { ceilMode });
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.dilation = dilation;
    this.ceilMode = ceilMode;
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return optionsText({ kernelSize, stride, padding, dilation, ceilMode });
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
