import { ShapeError, tensor, type Tensor } from "@tapegrad/tensor";
import { checkElements, checkFloat, showShape } from "@tapegrad/tensor/internal";
import { indexSelect } from "@tapegrad/tensor/ops/index-select";
import { maxPool2d } from "@tapegrad/tensor/ops/max-pool2d";
import { checkRank } from "../../checks/check-sizes.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { checkOutputSize, type OutputSize } from "./adaptive-avg-pool2d.ts";

/**
 * The largest value of each of `outputSize` bins that divide height and width evenly.
 *
 * Shape: `[n, c, h, w] → [n, c, …outputSize]`, without `n` alike; bin `i` of `out` reaches from `⌊i·h / out⌋` to `⌈(i
 * + 1)·h / out⌉`, so bins may overlap.
 *
 * @throws ShapeError if the rank is wrong or an axis empty. @throws ValueError if the size is not of positive
 *   integers.
 */
export function adaptiveMaxPool2d(input: Tensor, outputSize: OutputSize): Tensor {
  checkRank("adaptiveMaxPool2d", input, ["n, c, h, w", "c, h, w"]);
  checkFloat("adaptiveMaxPool2d", input, "input");
  checkOutputSize("adaptiveMaxPool2d", outputSize);
  const wanted = typeof outputSize === "number" ? [outputSize, outputSize] : outputSize;
  const windows: number[] = [];
  let spread = input;
  for (const [i, size] of wanted.entries()) {
    const dim = input.rank - 2 + i;
    const extent = input.shape[dim]!;
    if (extent === 0) throw new ShapeError(`adaptiveMaxPool2d: input ${showShape(input.shape)} has an empty axis`);
    checkElements("adaptiveMaxPool2d", [size ?? extent]);
    const { cells, window } = binsOf(extent, size ?? extent);
    spread = indexSelect(spread, dim, tensor(cells, { device: input.device }));
    windows.push(window);
  }
  return maxPool2d(spread, [windows[0]!, windows[1]!]);
}

/**
 * The cells of all bins, one bin after the other, each filled up to the widest by its last cell: that changes no
 * maximum, nor where it stands first.
 */
function binsOf(extent: number, bins: number): { readonly cells: Int32Array; readonly window: number } {
  const starts = Array.from({ length: bins }, (_, i) => Math.floor((i * extent) / bins));
  const ends = Array.from({ length: bins }, (_, i) => Math.ceil(((i + 1) * extent) / bins));
  const window = starts.reduce((widest, start, i) => Math.max(widest, ends[i]! - start), 0);
  const cells = Int32Array.from({ length: bins * window }, (_, k) => {
    const bin = Math.floor(k / window);
    return Math.min(starts[bin]! + (k % window), ends[bin]! - 1);
  });
  return { cells, window };
}

/** The largest value of each of `outputSize` bins: `adaptiveMaxPool2d` as a module. */
export class AdaptiveMaxPool2d extends Module {
  readonly outputSize: OutputSize;

  /** @throws ValueError if a size is neither a positive integer nor null. */
  constructor(outputSize: OutputSize) {
    super();
    checkOutputSize("AdaptiveMaxPool2d", outputSize);
    this.outputSize = outputSize;
  }

  override extraRepr(): string {
    return optionsText({ outputSize: this.outputSize });
  }

  forward(input: Tensor): Tensor {
    return adaptiveMaxPool2d(input, this.outputSize);
  }
}
