import { ShapeError, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkNumber, checkTensor, pickGrid, readOptions, showShape, showValue } from "@tapegrad/tensor/internal";
import { pad } from "@tapegrad/tensor/ops/pad";

/** What a border is filled with: a constant, or values of the tensor itself. */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";

/** Options of `padBorder`. */
export interface PadBorderOptions {
  /** @default "constant" */
  readonly mode?: PadMode;
  /** What constant borders are filled with. @default 0 */
  readonly value?: number;
}

/**
 * Puts a border around the last axes of a tensor (torch: `functional.pad`).
 *
 * Modes: `constant`; `reflect`, a mirror whose border is the first cell and not repeated; `replicate`, the outermost
 * cell over and over; `circular`, the cells from the other end.
 *
 * @param border cells before and after, for each of the last axes, outermost axis first. (torch lists the innermost
 *   first.) Negative ones crop, but in mode `circular`.
 * @throws ValueError if the mode is unknown, or a border of cells of the tensor is not an integer or may not be negative.
 * @throws ShapeError if there are more borders than axes, or an axis is too short for its border: `reflect` takes
 *   less than the axis has, `circular` at most as much, and no more can be cropped than there is.
 */
export function padBorder(
  input: Tensor,
  border: readonly (readonly [before: number, after: number])[],
  options: PadBorderOptions = {},
): Tensor {
  return padBorderFor("padBorder", input, border, options);
}

/** `padBorder`, on behalf of a function or layer that errors shall name. */
export function padBorderFor(
  caller: string,
  input: Tensor,
  border: readonly (readonly [before: number, after: number])[],
  options: PadBorderOptions,
): Tensor {
  checkTensor(caller, input, "input");
  const { mode, value } = readOptions(caller, options, { mode: ["constant"], value: [0, checkNumber] });
  if (!Array.isArray(border) || !border.every((cells) => Array.isArray(cells) && cells.length === 2))
    throw new ValueError(`${caller}: border must be a list of pairs [before, after], got ${showValue(border)}`);
  const lead = input.rank - border.length;
  if (lead < 0)
    throw new ShapeError(`${caller}: ${border.length} borders for an input of shape ${showShape(input.shape)}`);
  if (mode === "constant") {
    const whole = [...Array.from({ length: lead }, (): [number, number] => [0, 0]), ...border];
    return pad(input, whole, { value });
  }
  const cells = border.map(([before, after], i) => borderedAxis(caller, input.shape[lead + i]!, before, after, mode));
  const columns = cells.pop();
  if (columns === undefined || border.flat().every((count) => count === 0)) return input;
  let rows = [0];
  for (const [i, list] of cells.entries())
    rows = rows.flatMap((row) => Array.from(list, (cell) => row * input.shape[lead + i]! + cell));
  const shape = [...input.shape.slice(0, lead), ...cells.map((list) => list.length), columns.length];
  return pickGrid(input, lead, Int32Array.from(rows), columns, shape);
}

/** For each cell of an axis with its border, the cell whose value it takes. */
function borderedAxis(
  caller: string,
  extent: number,
  before: number,
  after: number,
  mode: Exclude<PadMode, "constant">,
): Int32Array {
  const least = mode === "circular" ? 0 : -Infinity;
  if (![before, after].every((cells) => Number.isInteger(cells) && cells >= least)) {
    const kind = mode === "circular" ? "non-negative whole" : "whole";
    throw new ValueError(
      `${caller}: a ${mode} border has a ${kind} number of cells, got ${showValue(before)} and ${showValue(after)}`,
    );
  }
  if (before + after < -extent)
    throw new ShapeError(`${caller}: ${before} and ${after} would crop an axis of ${extent} to less than nothing`);
  const last = extent - 1;
  const longest = { reflect: Math.max(last, 0), circular: extent, replicate: extent === 0 ? 0 : Infinity }[mode];
  if (longest === undefined) throw new ValueError(`${caller}: unknown mode ${showValue(mode)}`);
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
