import type { Tensor } from "@tapegrad/tensor";
import { asExtents, checkElements } from "@tapegrad/tensor/internal";
import { adaptiveAvgPool2d } from "@tapegrad/tensor/ops";
import type { Extents } from "../../checks/check-sizes.ts";
import { asRows, fromRows } from "../as-rows.ts";
import { ShownLayer } from "../shown-layer.ts";
import { checkSequences } from "./sequences.ts";

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
  checkSequences("adaptiveAvgPool1d", input);
  const [bins] = asExtents("adaptiveAvgPool1d", "outputSize", outputSize, 1, 1);
  checkElements("adaptiveAvgPool1d", [...input.shape.slice(0, -1), bins!]);
  return fromRows(adaptiveAvgPool2d(asRows(input), [1, bins!]));
}

/** Means over bins that divide a sequence evenly: `adaptiveAvgPool1d` as a module. */
export class AdaptiveAvgPool1d extends ShownLayer {
  readonly outputSize: Extents;

  /** @throws ValueError if the size is not a positive integer. */
  constructor(outputSize: Extents) {
    super();
    asExtents("AdaptiveAvgPool1d", "outputSize", outputSize, 1, 1);
    this.outputSize = outputSize;
  }

  forward(input: Tensor): Tensor {
    return adaptiveAvgPool1d(input, this.outputSize);
  }
}
