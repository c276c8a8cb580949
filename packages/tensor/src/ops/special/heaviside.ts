import { checkDTypeOf } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { cast, equal, greater, where } from "../basic.ts";
import { broadcastOperands } from "../internal/broadcast-operands.ts";

/**
 * 0 where x is negative or NaN, 1 where it is positive, and `values` where it is 0; broadcast. No gradient flows through it.
 *
 * @throws ShapeError if the shapes do not broadcast. @throws DTypeError if the dtypes differ.
 */
export function heaviside(x: Tensor, values: Tensor): Tensor {
  broadcastOperands("heaviside", { x, values });
  checkDTypeOf("heaviside", x, "values", values);
  return where(equal(x, 0), values.detach(), cast(greater(x, 0), x.dtype));
}
