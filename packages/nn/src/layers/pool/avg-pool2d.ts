import type { RowsAndColumns, Tensor } from "@tapegrad/tensor";
import { checkBoolean, checkDivisor, orNull, readOptions } from "@tapegrad/tensor/internal";
import { avgPool2d, type AvgPool2dOptions } from "@tapegrad/tensor/ops";
import { checkPair } from "../../checks/check-sizes.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";

/**
 * The mean of each window.
 *
 * Shape: `[n, c, h, w] → [n, c, ⌊(h + 2·padding − k) / stride⌋ + 1, …]`; without `n` alike.
 */
export class AvgPool2d extends Module {
  readonly kernelSize: RowsAndColumns;
  readonly stride: RowsAndColumns;
  readonly padding: RowsAndColumns;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;

  /** @throws ValueError if a size or option is not what it should be, or unknown. */
  constructor(kernelSize: RowsAndColumns, options: AvgPool2dOptions = {}) {
    super();
    checkPair(1)("AvgPool2d", "kernelSize", kernelSize);
    const { stride, padding, ceilMode, countIncludePad, divisorOverride } = readOptions("AvgPool2d", options, {
      stride: [null, orNull(checkPair(1))],
      padding: [0, checkPair(0)],
      ceilMode: [false, checkBoolean],
      countIncludePad: [true, checkBoolean],
      divisorOverride: [null, orNull(checkDivisor)],
    });
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
