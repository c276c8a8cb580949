import { type Tensor, ValueError } from "@tapegrad/tensor";
import { refuseUnknownOptions, showValue } from "@tapegrad/tensor/internal";
import { avgPool2d } from "@tapegrad/tensor/ops/avg-pool2d";
import { checkFlags } from "../../checks/check-values.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { asExtents, type Pair } from "../sizes.ts";

/** Options of `AvgPool2d`. */
export interface AvgPool2dOptions {
  /** How far the window moves; null: as far as it is wide. @default kernelSize */
  readonly stride?: Pair | null;
  /** Rows and columns of zeros around the input; at most half the window. @default 0 */
  readonly padding?: Pair;
  /** Whether windows may reach beyond the end, as long as they begin before it. @default false */
  readonly ceilMode?: boolean;
  /** Whether cells of the padding count in the divisor. @default true */
  readonly countIncludePad?: boolean;
  /** What the sum of each window is divided by, whatever its size; null: the number of cells. @default null */
  readonly divisorOverride?: number | null;
}

/**
 * The mean of each window.
 *
 * Shape: `[n, c, h, w] → [n, c, ⌊(h + 2·padding − k) / stride⌋ + 1, …]`; without `n` alike.
 */
export class AvgPool2d extends Module {
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;

  /** @throws ValueError if a size or option is not what it should be, or unknown. */
  constructor(kernelSize: Pair, options: AvgPool2dOptions = {}) {
    super();
    refuseUnknownOptions("AvgPool2d", options, ["stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"]);
    const {
      stride = kernelSize,
      padding = 0,
      ceilMode = false,
      countIncludePad = true,
      divisorOverride = null,
    } = options;
    asExtents("AvgPool2d", "kernelSize", kernelSize, 2, 1);
    if (stride !== null) asExtents("AvgPool2d", "stride", stride, 2, 1);
    asExtents("AvgPool2d", "padding", padding, 2, 0);
    checkFlags("AvgPool2d", { ceilMode, countIncludePad });
    if (divisorOverride !== null && !(Number.isInteger(divisorOverride) && divisorOverride !== 0))
      throw new ValueError(
        `AvgPool2d: divisorOverride must be an integer other than 0, got ${showValue(divisorOverride)}`,
      );
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.ceilMode = ceilMode;
    this.countIncludePad = countIncludePad;
    this.divisorOverride = divisorOverride;
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return optionsText({ kernelSize, stride, padding });
  }

  forward(input: Tensor): Tensor {
    const { stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return avgPool2d(input, this.kernelSize, { stride, padding, ceilMode, countIncludePad, divisorOverride });
  }
}
