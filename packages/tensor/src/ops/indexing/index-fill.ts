import { checkDTypeOf, checkTensor } from "../../checks/index.ts";
import { ShapeError } from "../../errors.ts";
import { full } from "../../tensor/create.ts";
import { showShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { broadcastTo } from "../basic.ts";
import type { Num } from "../internal/define-binary.ts";
import { checkFill } from "../shape/place.ts";
import { entriesAt } from "./entries-at.ts";
import { copiedAt } from "./index-copy.ts";

/**
 * `x`, with `value` in the entries at `index` along an axis.
 *
 * @param index int32, a list of positions. @param value a number, or a scalar tensor, to which the gradients of what it fills add up.
 * @throws IndexError if an index or the axis does not exist. @throws ShapeError if `value` is no scalar. @throws ValueError or DTypeError
 *   if `x` is int32 and `value` is not.
 */
export function indexFill(x: Tensor, dim: number, index: Tensor, value: Num): Tensor {
  checkTensor("indexFill", x);
  if (!(value instanceof Tensor)) checkFill("indexFill", value, x);
  else if (value.rank > 0)
    throw new ShapeError(`indexFill: expected a number or a scalar to fill with, got shape ${showShape(value.shape)}`);
  else checkDTypeOf("indexFill", x, "value", value);
  const { dtype, device } = x;
  const filling = value instanceof Tensor ? value : full([], value, { dtype, device });
  const { axis, picks } = entriesAt("indexFill", x, dim, index, filling, false);
  return copiedAt(x, axis, index, broadcastTo(filling, picks));
}
