import { ShapeError, type Tensor } from "@tapegrad/tensor";
import { checkInteger, checkTensor, pickGrid, showShape } from "@tapegrad/tensor/internal";

/** Which cells of the tensor itself a border has; see `padBorder`. */
export type CellMode = "reflect" | "replicate" | "circular";

/** `padBorder` with values of the tensor itself, on behalf of a function or layer that errors shall name. */
export function borderOfCells(
  caller: string,
  input: Tensor,
  border: readonly (readonly [before: number, after: number])[],
  mode: CellMode,
): Tensor {
  checkTensor(caller, input, "input");
  const lead = checkRank(caller, input, border.length);
  const cells = border.map(([before, after], i) => borderedAxis(caller, input.shape[lead + i]!, before, after, mode));
  const columns = cells.pop();
  if (columns === undefined || border.flat().every((count) => count === 0)) return input;
  let rows = [0];
  for (const [i, list] of cells.entries())
    rows = rows.flatMap((row) => Array.from(list, (cell) => row * input.shape[lead + i]! + cell));
  const shape = [...input.shape.slice(0, lead), ...cells.map((list) => list.length), columns.length];
  return pickGrid(input, lead, Int32Array.from(rows), columns, shape);
}

/** How many axes come before those with a border. @throws ShapeError if there are more borders than axes. */
export function checkRank(caller: string, input: Tensor, borders: number): number {
  if (input.rank < borders)
    throw new ShapeError(`${caller}: ${borders} borders for an input of shape ${showShape(input.shape)}`);
  return input.rank - borders;
}

/** For each cell of an axis with its border, the cell whose value it takes. */
function borderedAxis(caller: string, extent: number, before: number, after: number, mode: CellMode): Int32Array {
  for (const cells of [before, after])
    checkInteger(caller, `a ${mode} border`, cells, mode === "circular" ? 0 : -Infinity);
  if (before + after < -extent)
    throw new ShapeError(`${caller}: ${before} and ${after} would crop an axis of ${extent} to less than nothing`);
  const last = extent - 1;
  const longest = { reflect: Math.max(last, 0), circular: extent, replicate: extent === 0 ? 0 : Infinity }[mode];
  if (Math.max(before, after) > longest) {
    throw new ShapeError(
      `${caller}: a ${mode} border of ${before} and ${after} cells is too wide for an axis of ${extent}; at most ${longest} fit`,
    );
  }
  const sources = {
    reflect: (i: number): number => last - Math.abs(last - Math.abs(i)),
    replicate: (i: number): number => Math.min(Math.max(i, 0), last),
    circular: (i: number): number => (i + extent) % extent,
  };
  return Int32Array.from({ length: before + extent + after }, (_, i) => sources[mode](i - before));
}
