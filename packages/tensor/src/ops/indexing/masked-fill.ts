import { broadcastShapes, checkFit, checkOperands } from "../../checks/index.ts";
import { DTypeError, Tensor } from "../../core.ts";
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
  if (value instanceof Tensor) {
    checkFit("maskedFill", value.rank === 0, "a number or a scalar to fill with", value.shape);
    if (x.dtype === "int32" && value.dtype !== "int32")
      throw new DTypeError("maskedFill: a float32 value does not suit an int32 tensor; convert it with cast");
  } else checkFill("maskedFill", value, x);
  return where(mask, value, x);
}
