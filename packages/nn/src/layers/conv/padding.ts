import { type Tensor, ValueError } from "@tapegrad/tensor";
import { checkNumber, checkTensor, oneOf, readOptions, showValue } from "@tapegrad/tensor/internal";
import { pad } from "@tapegrad/tensor/ops";
import { borderOfCells, type CellMode, checkRank } from "./border-of-cells.ts";

/** What a border is filled with: a constant, or values of the tensor itself. */
export type PadMode = "constant" | CellMode;

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
  const { mode, value } = readOptions(caller, options, {
    mode: ["constant", oneOf("constant", "reflect", "replicate", "circular")],
    value: [0, checkNumber],
  });
  if (!Array.isArray(border) || !border.every((cells) => Array.isArray(cells) && cells.length === 2))
    throw new ValueError(`${caller}: border must be a list of pairs [before, after], got ${showValue(border)}`);
  if (mode !== "constant") return borderOfCells(caller, input, border, mode);
  const lead = Array.from({ length: checkRank(caller, input, border.length) }, (): [number, number] => [0, 0]);
  return pad(input, [...lead, ...border], { value });
}
