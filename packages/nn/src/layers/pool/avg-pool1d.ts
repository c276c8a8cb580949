import type { Tensor } from "@tapegrad/tensor";
import { avgPool2dFor, checkBoolean, type OptionRules, orNull, readOptions } from "@tapegrad/tensor/internal";
import { asSingle, checkSingle, type Extents } from "../../checks/check-sizes.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { asRows, checkExamples, fromRows } from "../examples.ts";

/** Options of `avgPool1d`. */
export interface AvgPool1dOptions {
  /** Distance between windows. @default the kernel size */
  readonly stride?: Extents | null;
  /** Zeros around the sequence; at most half a window. @default 0 */
  readonly padding?: Extents;
  /** Whether a last window counts that begins inside but reaches out of the padded sequence. @default false */
  readonly ceilMode?: boolean;
  /** Whether the padding counts among the values of a window. @default true */
  readonly countIncludePad?: boolean;
}

const rules: OptionRules<AvgPool1dOptions> = {
  stride: [null, /* @__PURE__ */ orNull(/* @__PURE__ */ checkSingle(1))],
  padding: [0, /* @__PURE__ */ checkSingle(0)],
  ceilMode: [false, checkBoolean],
  countIncludePad: [true, checkBoolean],
};

/**
 * The mean of each window of a sequence. A window of `ceilMode` that reaches out of the padded sequence is cut off there.
 *
 * Shape: `[n, c, l] → [n, c, ⌊(l + 2·padding − k) / stride⌋ + 1]`; without `n` alike.
 *
 * @throws ShapeError if the rank is wrong or the sequence shorter than a window. @throws ValueError if a size or option
 *   is not what it should be, or unknown. @throws DTypeError of int32.
 */
export function avgPool1d(input: Tensor, kernelSize: Extents, options: AvgPool1dOptions = {}): Tensor {
  checkExamples("avgPool1d", input, "sequences");
  const kernel = asSingle("avgPool1d", "kernelSize", kernelSize, 1);
  const { stride, padding, ceilMode, countIncludePad } = readOptions("avgPool1d", options, rules);
  const rows = avgPool2dFor("avgPool1d", asRows(input), [1, kernel], {
    stride: [1, Number(stride ?? kernel)],
    padding: [0, Number(padding)],
    ceilMode,
    countIncludePad,
  });
  return fromRows(rows);
}

/** The mean of each window of a sequence: `avgPool1d` as a module. */
export class AvgPool1d extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;

  /** @throws ValueError if a size or option is not what it should be, or unknown. */
  constructor(kernelSize: Extents, options: AvgPool1dOptions = {}) {
    super();
    const { stride, padding, ceilMode, countIncludePad } = readOptions("AvgPool1d", options, rules);
    this.kernelSize = [asSingle("AvgPool1d", "kernelSize", kernelSize, 1)];
    this.stride = stride === null ? this.kernelSize : [Number(stride)];
    this.padding = [Number(padding)];
    this.ceilMode = ceilMode;
    this.countIncludePad = countIncludePad;
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return optionsText({ kernelSize, stride, padding });
  }

  forward(input: Tensor): Tensor {
    const { stride, padding, ceilMode, countIncludePad } = this;
    return avgPool1d(input, this.kernelSize, { stride, padding, ceilMode, countIncludePad });
  }
}
