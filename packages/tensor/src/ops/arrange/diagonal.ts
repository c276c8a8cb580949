import { checkElements, checkFit, checkInteger, checkTensor, normalizeDim, readOptions } from "../../checks/index.ts";
import { ShapeError, type Tensor } from "../../core.ts";
import { reshape } from "../basic.ts";
import { place, take } from "../shape/place.ts";
import { movedim } from "./movedim.ts";

/** Options of `diagonal` and `diagEmbed`. */
export interface DiagonalOptions {
  /** How far to the right of the main one; below 0, under it. @default 0 */
  readonly offset?: number;
  /** The axis of the rows. @default 0, and −2 for `diagEmbed` */
  readonly dim1?: number;
  /** The axis of the columns. @default 1, and −1 for `diagEmbed` */
  readonly dim2?: number;
}

/**
 * The entries on a diagonal of two axes, along a new last axis. A dense copy.
 *
 * Shape: `[2, 3, 4]` gives `[4, 2]`.
 *
 * @throws ShapeError if `x` has fewer axes than two, or both are the same. @throws IndexError if one does not exist.
 */
export function diagonal(x: Tensor, options: DiagonalOptions = {}): Tensor {
  checkTensor("diagonal", x);
  checkFit("diagonal", x.rank >= 2, "at least two axes", x.shape);
  const { offset, dims } = readDiagonal("diagonal", options, x.rank, [0, 1]);
  return onDiagonal(movedim(x, dims, [-2, -1]), offset);
}

/** The entries on a diagonal of the last two axes. */
export function onDiagonal(matrices: Tensor, offset: number): Tensor {
  const others = matrices.shape.slice(0, -2);
  const [rows, columns] = matrices.shape.slice(-2) as [number, number];
  const [right, down] = [Math.max(0, offset), Math.max(0, -offset)];
  const length = Math.max(0, Math.min(rows - down, columns - right));
  const along = {
    starts: [...others.map(() => 0), right + down * columns],
    steps: [...others.map(() => 1), columns + 1],
  };
  return take(reshape(matrices, [...others, rows * columns]), [...others, length], along);
}

/**
 * Matrices with the lists of the last axis on a diagonal, and 0 elsewhere: the adjoint of `diagonal`.
 *
 * Shape: `[2, 3]` gives `[2, 3, 3]`.
 *
 * @throws ShapeError if `x` is a scalar, or both axes are the same. @throws IndexError if an axis does not exist.
 */
export function diagEmbed(x: Tensor, options: DiagonalOptions = {}): Tensor {
  checkTensor("diagEmbed", x);
  if (x.rank === 0) throw new ShapeError("diagEmbed: a scalar has no list to set on a diagonal");
  const { offset, dims } = readDiagonal("diagEmbed", options, x.rank + 1, [-2, -1]);
  return movedim(withDiagonal("diagEmbed", x, offset), [-2, -1], dims);
}

/** Matrices with lists on a diagonal, in the last two axes. */
export function withDiagonal(op: string, lists: Tensor, offset: number): Tensor {
  const others = lists.shape.slice(0, -1);
  const [right, down] = [Math.max(0, offset), Math.max(0, -offset)];
  const extent = lists.shape.at(-1)! + right + down;
  checkElements(op, [...others, extent, extent]);
  const along = {
    starts: [...others.map(() => 0), right + down * extent],
    steps: [...others.map(() => 1), extent + 1],
  };
  return reshape(place(lists, [...others, extent * extent], along), [...others, extent, extent]);
}

function readDiagonal(
  op: string,
  options: DiagonalOptions,
  rank: number,
  usual: readonly [number, number],
): { readonly offset: number; readonly dims: readonly [number, number] } {
  const { offset, dim1, dim2 } = readOptions(op, options, {
    offset: [0, checkInteger],
    dim1: [usual[0]],
    dim2: [usual[1]],
  });
  const dims = [normalizeDim(op, dim1, rank), normalizeDim(op, dim2, rank)] as const;
  if (dims[0] === dims[1])
    throw new ShapeError(`${op}: dim1 and dim2 must be two different axes, got ${dim1} and ${dim2}`);
  return { offset, dims };
}
