import { checkFloats, showValue } from "../../checks/index.ts";
import { type Tensor, ValueError } from "../../core.ts";
import { sub } from "../basic.ts";
import { broadcastOperands } from "../internal/broadcast-operands.ts";
import { norm } from "../reduction/norm.ts";

/**
 * The distance of two tensors, `norm(a − b, { p })`; broadcast. Its gradient is 0 where it is 0.
 *
 * @param p the exponent of the norm. @default 2
 * @throws ShapeError if the shapes do not broadcast. @throws DTypeError of int32.
 */
export function dist(a: Tensor, b: Tensor, p = 2): Tensor {
  checkFloats("dist", { a, b });
  broadcastOperands("dist", { a, b });
  if (typeof p !== "number" || Number.isNaN(p)) throw new ValueError(`dist: p must be a number, got ${showValue(p)}`);
  return norm(sub(a, b), { p });
}
