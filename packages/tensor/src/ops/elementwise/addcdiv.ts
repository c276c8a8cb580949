import { checkNumber, readOptions } from "../../checks/index.ts";
import { DTypeError, type Tensor } from "../../core.ts";
import { add, div, mul } from "../basic.ts";
import { broadcastOperands } from "../internal/broadcast-operands.ts";
import type { ScaledOptions } from "./addcmul.ts";

/**
 * x + value · a / b, broadcast.
 *
 * @throws ShapeError if the shapes do not broadcast. @throws DTypeError if both a and b are int32, as in torch.
 */
export function addcdiv(x: Tensor, a: Tensor, b: Tensor, options: ScaledOptions = {}): Tensor {
  broadcastOperands("addcdiv", { x, a, b });
  const { value } = readOptions("addcdiv", options, { value: [1, checkNumber] });
  if (a.dtype === "int32" && b.dtype === "int32")
    throw new DTypeError('addcdiv: does not divide int32 by int32; convert one with cast(x, "float32")');
  return add(x, div(value === 1 ? a : mul(a, value), b));
}
