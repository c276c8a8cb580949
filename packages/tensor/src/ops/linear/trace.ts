import { checkTensor } from "../../checks/index.ts";
import { ShapeError } from "../../errors.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { diag } from "../arrange/diag.ts";
import { sum } from "../basic.ts";

/** The sum of the main diagonal of a matrix. @throws ShapeError unless `x` has two axes. */
export function trace(x: Tensor): Tensor {
  checkTensor("trace", x);
  if (x.rank !== 2) throw new ShapeError(`trace: expected a matrix, got shape ${showShape(x.shape)}`);
  return sum(diag(x));
}
