import { checkTensor, normalizeDim } from "../../checks/index.ts";
import { ShapeError } from "../../errors.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reshape } from "./reshape.ts";

/**
 * Joins the axes from `startDim` to `endDim` into one. A scalar becomes `[1]`.
 *
 * @throws IndexError if an axis does not exist. @throws ShapeError if `startDim` comes after `endDim`.
 */
export function flatten(x: Tensor, startDim = 0, endDim = -1): Tensor {
  checkTensor("flatten", x);
  const first = normalizeDim("flatten", startDim, x.rank);
  const last = normalizeDim("flatten", endDim, x.rank);
  if (first > last) throw new ShapeError(`flatten: startDim ${startDim} comes after endDim ${endDim}`);
  return reshape(x, [...x.shape.slice(0, first), sizeOf(x.shape.slice(first, last + 1)), ...x.shape.slice(last + 1)]);
}
