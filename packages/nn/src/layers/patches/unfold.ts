import { type RowsAndColumns, ShapeError, tensor, type Tensor } from "@tapegrad/tensor";
import { checkElements, checkFloat, showShape } from "@tapegrad/tensor/internal";
import { indexSelect, pad, permute, reshape } from "@tapegrad/tensor/ops";
import { checkPair, checkRank } from "../../checks/check-sizes.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";
import { type AxisPatches, type PatchOptions, patchesOf, patchRules } from "./patch-windows.ts";

/**
 * The patches of images as columns (im2col): each column holds the cells of one patch, channel by channel.
 *
 * Shape: `[n, c, h, w] → [n, c·kh·kw, L]`, where L is the number of patches, `⌊(h + 2·padding − dilation·(kh − 1) − 1) /
 * stride⌋ + 1` times the same along rows; without `n` alike.
 *
 * @throws ShapeError if the image is smaller than a patch or an axis but the batch is empty. @throws ValueError if a size or
 *   option is not what it should be, or unknown. @throws DTypeError of int32.
 */
export function unfold(input: Tensor, kernelSize: RowsAndColumns, options: PatchOptions = {}): Tensor {
  checkRank("unfold", input, ["n, c, h, w", "c, h, w"]);
  checkFloat("unfold", input, "input");
  const [rows, columns] = patchesOf("unfold", input.shape.slice(-2), kernelSize, options);
  if (rows.count < 1 || columns.count < 1 || input.shape.slice(-3).includes(0))
    throw new ShapeError(
      `unfold: input ${showShape(input.shape)} is too small for patches of ${rows.kernel} × ${columns.kernel}`,
    );
  if (input.rank === 3) {
    const batch = unfold(reshape(input, [1, ...input.shape]), kernelSize, options);
    return reshape(batch, batch.shape.slice(1));
  }
  const [n, c] = input.shape as readonly [number, number, ...number[]];
  const [cells, patches] = [rows.kernel * columns.kernel, rows.count * columns.count];
  checkElements("unfold", [n, c, cells, patches]);
  const borders = [0, 0, rows.padding, columns.padding].map((cells) => [cells, cells] as const);
  const padded = pad(input, borders);
  const picked = [rows, columns].reduce(
    (image, along, axis) => indexSelect(image, 2 + axis, tensor(cellsOf(along), { device: input.device })),
    padded,
  );
  const grid = reshape(picked, [n, c, rows.kernel, rows.count, columns.kernel, columns.count]);
  return reshape(permute(grid, [0, 1, 2, 4, 3, 5]), [n, c * cells, patches]);
}

/** Where the first cells of all patches are along an axis, then the second ones, and so on. */
function cellsOf({ kernel, stride, dilation, count }: AxisPatches): Int32Array {
  return Int32Array.from({ length: kernel * count }, (_, i) => Math.floor(i / count) * dilation + (i % count) * stride);
}

const Layer: LayerOf<typeof unfold, ["kernelSize"]> = /* @__PURE__ */ layerOf(
  unfold,
  { kernelSize: /* @__PURE__ */ checkPair(1) },
  patchRules,
);

/** The patches of images as columns: `unfold` as a module. */
export class Unfold extends Layer {}
