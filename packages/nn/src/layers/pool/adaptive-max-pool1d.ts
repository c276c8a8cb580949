import type { Tensor } from "@tapegrad/tensor";
import { checkElements } from "@tapegrad/tensor/internal";
import { asExtents, type Extents } from "../../checks/check-sizes.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { asRows, fromRows } from "../as-rows.ts";
import { adaptiveMaxPool2d } from "./adaptive-max-pool2d.ts";
import { checkSequences } from "./sequences.ts";

/**
 * The largest value of each of `outputSize` bins that divide a sequence evenly; the first of equal ones takes the gradient.
 *
 * Shape: `[n, c, l] → [n, c, outputSize]`, without `n` alike; bin `i` of `out` reaches from `⌊i·l / out⌋` to `⌈(i + 1)·l /
 * out⌉`, so bins may overlap.
 *
 * @throws ShapeError if the rank is wrong or an axis empty. @throws ValueError if the size is not a positive integer.
 * @throws DTypeError of int32.
 */
export function adaptiveMaxPool1d(input: Tensor, outputSize: Extents): Tensor {
  checkSequences("adaptiveMaxPool1d", input);
  const [bins] = asExtents("adaptiveMaxPool1d", "outputSize", outputSize, 1, 1);
  checkElements("adaptiveMaxPool1d", [...input.shape.slice(0, -1), bins!]);
  return fromRows(adaptiveMaxPool2d(asRows(input), [1, bins!]));
}

/** The largest value of each of the bins that divide a sequence evenly: `adaptiveMaxPool1d` as a module. */
export class AdaptiveMaxPool1d extends Module {
  readonly outputSize: Extents;

  /** @throws ValueError if the size is not a positive integer. */
  constructor(outputSize: Extents) {
    super();
    asExtents("AdaptiveMaxPool1d", "outputSize", outputSize, 1, 1);
    this.outputSize = outputSize;
  }

  override extraRepr(): string {
    return optionsText({ outputSize: this.outputSize });
  }

  forward(input: Tensor): Tensor {
    return adaptiveMaxPool1d(input, this.outputSize);
  }
}
