import { broadcastShapes, checkOperands } from "../../checks/index.ts";
import { DTypeError, ShapeError } from "../../errors.ts";
import { showShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { where } from "../basic.ts";
import type { Num } from "../internal/define-binary.ts";
import { checkFill } from "../shape/place.ts";

/**
 * `value` where `mask` is not 0, else `x`; `x` and `mask` are broadcast.
 *
 * @param value a number, or a scalar tensor, to which the gradients of what it fills add up.
 * @throws ShapeError if the shapes do not broadcast, or `value` is no scalar.
 * @throws ValueError or DTypeError if `x` is int32 and `value` is not.
 */
export function maskedFill(x: Tensor, mask: Tensor, value: Num): Tensor {
  checkOperands("maskedFill", value instanceof Tensor ? { x, mask, value } : { x, mask });
  broadcastShapes("maskedFill", x.shape, mask.shape);
  if (!(value instanceof Tensor)) checkFill("maskedFill", value, x);
  else if (value.rank > 0)
    throw new ShapeError(`maskedFill: expected a number or a scalar to fill with, got shape ${showShape(value.shape)}`);
  else if (x.dtype === "int32" && value.dtype !== "int32")
    throw new DTypeError(
      'maskedFill: a float32 value does not suit an int32 tensor; convert it with cast(x, "float32")',
    );
  return where(mask, value, x);
}
