import type { RowsAndColumns } from "@tapegrad/tensor";
import { checkBoolean, checkDivisor, type OptionRules, orNull } from "@tapegrad/tensor/internal";
import { avgPool2d, type AvgPool2dOptions } from "@tapegrad/tensor/ops";
import { checkPair } from "../../checks/check-sizes.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";
import { optionsText } from "../../module/module-text.ts";

const rules: OptionRules<AvgPool2dOptions> = {
  stride: [null, /* @__PURE__ */ orNull(/* @__PURE__ */ checkPair(1))],
  padding: [0, /* @__PURE__ */ checkPair(0)],
  ceilMode: [false, checkBoolean],
  countIncludePad: [true, checkBoolean],
  divisorOverride: [null, /* @__PURE__ */ orNull(checkDivisor)],
};

const Layer: LayerOf<typeof avgPool2d, ["kernelSize"]> = /* @__PURE__ */ layerOf(
  avgPool2d,
  { kernelSize: /* @__PURE__ */ checkPair(1) },
  rules,
);

/**
 * The mean of each window.
 *
 * Shape: `[n, c, h, w] → [n, c, ⌊(h + 2·padding − k) / stride⌋ + 1, …]`; without `n` alike.
 */
export class AvgPool2d extends Layer {
  declare readonly stride: RowsAndColumns;

  /** @throws ValueError if a size or option is not what it should be, or unknown. */
  constructor(kernelSize: RowsAndColumns, options: AvgPool2dOptions = {}) {
    super(kernelSize, options);
    this.stride ??= kernelSize;
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return optionsText({ kernelSize, stride, padding });
  }
}
