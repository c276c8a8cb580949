import { checkTensor } from "../../checks/index.ts";
import { ShapeError } from "../../errors.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
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
  if (x.rank <= axis)
    throw new ShapeError(`${op}: expected at least ${axis + 1} axes, got shape ${showShape(x.shape)}`);
  return flip(x, axis);
}
