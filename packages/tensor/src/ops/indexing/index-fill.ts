import { checkDTypeOf, checkFit, checkTensor } from "../../checks/index.ts";
import { Tensor } from "../../core.ts";
import { full } from "../../tensor/create.ts";
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
  if (value instanceof Tensor) {
    checkFit("indexFill", value.rank === 0, "a number or a scalar to fill with", value.shape);
    checkDTypeOf("indexFill", x, "value", value);
  } else checkFill("indexFill", value, x);
  const { dtype, device } = x;
  const filling = value instanceof Tensor ? value : full([], value, { dtype, device });
  const { axis, picks } = entriesAt("indexFill", x, dim, index, filling, false);
  return copiedAt(x, axis, index, broadcastTo(filling, picks));
}
