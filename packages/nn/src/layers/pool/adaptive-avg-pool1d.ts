import type { Tensor } from "@tapegrad/tensor";
import { checkElements } from "@tapegrad/tensor/internal";
import { adaptiveAvgPool2d } from "@tapegrad/tensor/ops";
import { asSingle, checkSingle, type Extents } from "../../checks/check-sizes.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";
import { asRows, checkExamples, fromRows } from "../examples.ts";

/**
 * Means over `outputSize` bins that divide a sequence evenly, however long it is.
 *
 * Shape: `[n, c, l] → [n, c, outputSize]`, without `n` alike; bin `i` of `out` reaches from `⌊i·l / out⌋` to `⌈(i + 1)·l /
 * out⌉`, so bins may overlap.
 *
 * @throws ShapeError if the rank is wrong or an axis empty. @throws ValueError if the size is not a positive integer.
 * @throws DTypeError of int32.
 */
export function adaptiveAvgPool1d(input: Tensor, outputSize: Extents): Tensor {
  checkExamples("adaptiveAvgPool1d", input, "sequences");
  const bins = asSingle("adaptiveAvgPool1d", "outputSize", outputSize, 1);
  checkElements("adaptiveAvgPool1d", [...input.shape.slice(0, -1), bins]);
  return fromRows(adaptiveAvgPool2d(asRows(input), [1, bins]));
}

const Layer: LayerOf<typeof adaptiveAvgPool1d, ["outputSize"]> = /* @__PURE__ */ layerOf(adaptiveAvgPool1d, {
  outputSize: /* @__PURE__ */ checkSingle(1),
});

/** Means over bins that divide a sequence evenly: `adaptiveAvgPool1d` as a module. */
export class AdaptiveAvgPool1d extends Layer {}
