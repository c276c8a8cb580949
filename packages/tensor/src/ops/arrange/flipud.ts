import { checkFit, checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { flip } from "../shape/flip.ts";

/** Reverses the first axis. A dense copy. @throws ShapeError if there is none. */
export function flipud(x: Tensor): Tensor {
  return flipped("flipud", x, 0);
}

/** Reverses the second axis. A dense copy. @throws ShapeError if there is none. */
export function fliplr(x: Tensor): Tensor {
  return flipped("fliplr", x, 1);
}

function flipped(op: string, x: Tensor, axis: number): Tensor {
  checkTensor(op, x);
  checkFit(op, x.rank > axis, `at least ${axis + 1} axes`, x.shape);
  return flip(x, axis);
}
