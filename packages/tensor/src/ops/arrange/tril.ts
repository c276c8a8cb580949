import { checkFit, checkInteger, checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { arange } from "../../tensor/create.ts";
import { greaterEqual, lessEqual, reshape, sub, where } from "../basic.ts";

/**
 * Matrices with 0 above a diagonal: what is kept is `x[…, i, j]` with `j − i ≤ diagonal`.
 *
 * @param diagonal how far to the right of the main one. @default 0
 * @throws ShapeError unless `x` has two axes or more. @throws ValueError unless `diagonal` is an integer.
 */
export function tril(x: Tensor, diagonal = 0): Tensor {
  return where(lessEqual(offsets("tril", x, diagonal), diagonal), x, 0);
}

/**
 * Matrices with 0 below a diagonal: what is kept is `x[…, i, j]` with `j − i ≥ diagonal`.
 *
 * @param diagonal how far to the right of the main one. @default 0
 * @throws ShapeError unless `x` has two axes or more. @throws ValueError unless `diagonal` is an integer.
 */
export function triu(x: Tensor, diagonal = 0): Tensor {
  return where(greaterEqual(offsets("triu", x, diagonal), diagonal), x, 0);
}

/** `j − i` for each place of the last two axes. */
function offsets(op: string, x: Tensor, diagonal: number): Tensor {
  checkTensor(op, x);
  checkInteger(op, "diagonal", diagonal);
  checkFit(op, x.rank >= 2, "matrices", x.shape);
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const count = (length: number): Tensor => arange(0, length, { device: x.device });
  return sub(count(columns), reshape(count(rows), [rows, 1]));
}
