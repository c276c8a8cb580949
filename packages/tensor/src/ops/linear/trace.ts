import { checkFit, checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { diag } from "../arrange/diag.ts";
import { sum } from "../basic.ts";

/** The sum of the main diagonal of a matrix. @throws ShapeError unless `x` has two axes. */
export function trace(x: Tensor): Tensor {
  checkTensor("trace", x);
  checkFit("trace", x.rank === 2, "a matrix", x.shape);
  return sum(diag(x));
}
