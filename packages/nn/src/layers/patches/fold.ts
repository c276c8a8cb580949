import type { RowsAndColumns, Tensor } from "@tapegrad/tensor";
import { asExtents, checkElements, checkFloat } from "@tapegrad/tensor/internal";
import { add, permute, place, reshape, slice } from "@tapegrad/tensor/ops";
import { checkFit, checkPair, checkRank } from "../../checks/check-sizes.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";
import { type AxisPatches, type PatchOptions, patchesOf, patchRules } from "./patch-windows.ts";

/**
 * Images made of their patches (col2im), which are columns as `unfold` gives them: where patches overlap, they are added up. It is
 * the adjoint of `unfold`.
 *
 * Shape: `[n, c·kh·kw, L] → [n, c, …outputSize]`, where L is the number of patches of such an image; without `n` alike.
 *
 * @param outputSize height and width of the images.
 * @throws ShapeError if the columns are not the patches of such an image. @throws ValueError if a size or option is not what it
 *   should be, or unknown. @throws DTypeError of int32.
 */
export function fold(
  input: Tensor,
  outputSize: RowsAndColumns,
  kernelSize: RowsAndColumns,
  options: PatchOptions = {},
): Tensor {
  checkRank("fold", input, ["n, c·k, l", "c·k, l"]);
  checkFloat("fold", input, "input");
  const size = asExtents("fold", "outputSize", outputSize, 2, 1);
  const [rows, columns] = patchesOf("fold", size, kernelSize, options);
  const cells = rows.kernel * columns.kernel;
  const [n, channels, patches] = input.rank === 3 ? input.shape : [1, ...input.shape];
  const count = Math.max(rows.count, 0) * Math.max(columns.count, 0);
  const fit = count > 0 && patches === count && channels! > 0 && channels! % cells === 0;
  checkFit("fold", fit, `input [n, c·${cells}, ${count}] for images of ${size.join(" × ")}`, input.shape);
  const c = channels! / cells;
  checkElements("fold", [n!, c, size[0]! + 2 * rows.padding, size[1]! + 2 * columns.padding]);
  const grid = reshape(input, [n!, c, rows.kernel, columns.kernel, rows.count, columns.count]);
  // Rows of cells first, then the cells of rows: kh + kw sums instead of kh · kw.
  const rowShape = [n! * c, rows.kernel, rows.count, columns.kernel * columns.count];
  const placed = overlaid(reshape(permute(grid, [0, 1, 2, 4, 3, 5]), rowShape), size[0]!, rows);
  const ofColumns = reshape(placed, [n! * c * size[0]!, columns.kernel, columns.count, 1]);
  const image = overlaid(ofColumns, size[1]!, columns);
  return reshape(image, input.rank === 3 ? [n!, c, ...size] : [c, ...size]);
}

/** `[m, kernel, count, r] → [m, extent, r]`: each cell of each patch added where it lies along the axis. */
function overlaid(cells: Tensor, extent: number, { kernel, stride, dilation, padding, count }: AxisPatches): Tensor {
  const [m, , , r] = cells.shape as readonly [number, number, number, number];
  const whole = [m, extent + 2 * padding, r];
  let sum: Tensor | null = null;
  for (let i = 0; i < kernel; i++) {
    const ofAll = reshape(slice(cells, 1, i, i + 1), [m, count, r]);
    const part = place(ofAll, whole, { starts: [0, i * dilation, 0], steps: [1, stride, 1] });
    sum = sum === null ? part : add(sum, part);
  }
  return slice(sum!, 1, padding, padding + extent);
}

const Layer: LayerOf<typeof fold, ["outputSize", "kernelSize"]> = /* @__PURE__ */ layerOf(
  fold,
  { outputSize: /* @__PURE__ */ checkPair(1), kernelSize: /* @__PURE__ */ checkPair(1) },
  patchRules,
);

/** Images made of their patches: `fold` as a module. */
export class Fold extends Layer {}
