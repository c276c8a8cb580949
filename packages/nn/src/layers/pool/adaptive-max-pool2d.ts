import { ShapeError, tensor, type Tensor } from "@tapegrad/tensor";
import { checkElements, checkFloat, maxPool2dFor, showShape } from "@tapegrad/tensor/internal";
import { indexSelect, reshape } from "@tapegrad/tensor/ops";
import { checkRank } from "../../checks/check-sizes.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";
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
  return binned("adaptiveMaxPool2d", input, outputSize, false)[0]!;
}

/** `adaptiveMaxPool2d`, and where each value was found: int32 places in `h·w` (torch: `return_indices=True`). */
export function adaptiveMaxPool2dWithIndices(
  input: Tensor,
  outputSize: OutputSize,
): readonly [values: Tensor, indices: Tensor] {
  const [values, indices] = binned("adaptiveMaxPool2dWithIndices", input, outputSize, true);
  return [values!, indices!];
}

/** Both, on behalf of a function that errors shall name. */
export function binned(caller: string, input: Tensor, outputSize: OutputSize, places: boolean): readonly Tensor[] {
  checkRank(caller, input, ["n, c, h, w", "c, h, w"]);
  checkFloat(caller, input, "input");
  checkOutputSize(caller, "outputSize", outputSize);
  const wanted = typeof outputSize === "number" ? [outputSize, outputSize] : outputSize;
  const bins: Bins[] = [];
  let spread = input;
  for (const [i, size] of wanted.entries()) {
    const dim = input.rank - 2 + i;
    const extent = input.shape[dim]!;
    if (extent === 0) throw new ShapeError(`${caller}: input ${showShape(input.shape)} has an empty axis`);
    checkElements(caller, [size ?? extent]);
    const each = binsOf(extent, size ?? extent);
    // Bins of equal size that do not overlap are windows already.
    if (each.cells.length !== extent) spread = indexSelect(spread, dim, tensor(each.cells, { device: input.device }));
    bins.push(each);
  }
  const [rows, columns] = bins as [Bins, Bins];
  const windows = { stride: [rows.window, columns.window], padding: 0, dilation: 1, ceilMode: false } as const;
  const [values, indices] = maxPool2dFor(caller, spread, windows.stride, windows, places);
  if (!places) return [values!];
  const width = input.shape.at(-1)!;
  const origins = Int32Array.from({ length: rows.cells.length * columns.cells.length }, (_, place) => {
    const row = Math.floor(place / columns.cells.length);
    return rows.cells[row]! * width + columns.cells[place % columns.cells.length]!;
  });
  const found = indexSelect(tensor(origins, { device: input.device }), 0, reshape(indices!, [indices!.size]));
  return [values!, reshape(found, values!.shape)];
}

interface Bins {
  readonly cells: Int32Array;
  readonly window: number;
}

/**
 * The cells of all bins, one bin after the other, each filled up to the widest by its last cell: that changes no
 * maximum, nor where it stands first.
 */
function binsOf(extent: number, bins: number): Bins {
  const starts = Array.from({ length: bins }, (_, i) => Math.floor((i * extent) / bins));
  const ends = Array.from({ length: bins }, (_, i) => Math.ceil(((i + 1) * extent) / bins));
  const window = starts.reduce((widest, start, i) => Math.max(widest, ends[i]! - start), 0);
  const cells = Int32Array.from({ length: bins * window }, (_, k) => {
    const bin = Math.floor(k / window);
    return Math.min(starts[bin]! + (k % window), ends[bin]! - 1);
  });
  return { cells, window };
}

const Layer: LayerOf<typeof adaptiveMaxPool2d, ["outputSize"]> = /* @__PURE__ */ layerOf(adaptiveMaxPool2d, {
  outputSize: checkOutputSize,
});

/** The largest value of each of `outputSize` bins: `adaptiveMaxPool2d` as a module. */
export class AdaptiveMaxPool2d extends Layer {
  /** Also says where each maximum was: its index in `h·w` (torch: `return_indices=True`). */
  forwardWithIndices(input: Tensor): readonly [values: Tensor, indices: Tensor] {
    return adaptiveMaxPool2dWithIndices(input, this.outputSize);
  }
}
