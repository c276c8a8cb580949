import { checkFit, checkInteger, checkTensor } from "../../checks/index.ts";
import { ShapeError, showShape, type Tensor } from "../../core.ts";
import { onDiagonal, withDiagonal } from "./diagonal.ts";

/**
 * The matrix with a list on a diagonal and 0 elsewhere, or the list that stands on a diagonal of a matrix.
 *
 * Shape: `[n]` becomes `[n + |diagonal|, n + |diagonal|]`; `[r, c]` becomes the length of that diagonal.
 *
 * @param diagonal how far to the right of the main one; below 0, under it. @default 0
 * @throws ShapeError unless `x` has one axis or two, or if the matrix has no such diagonal.
 * @throws ValueError unless `diagonal` is an integer.
 */
export function diag(x: Tensor, diagonal = 0): Tensor {
  checkTensor("diag", x);
  checkInteger("diag", "diagonal", diagonal);
  checkFit("diag", x.rank === 1 || x.rank === 2, "a list or a matrix", x.shape);
  if (x.rank === 1) return withDiagonal("diag", x, diagonal);
  if (diagonal > x.shape[1]! || -diagonal > x.shape[0]!)
    throw new ShapeError(`diag: a matrix of shape ${showShape(x.shape)} has no diagonal ${diagonal}`);
  return onDiagonal(x, diagonal);
}
