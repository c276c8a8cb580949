import type { Tensor } from "../../core.ts";
import { greaterEqual, isnan, lessEqual, maximum, where } from "../basic.ts";
import type { Num } from "../internal/define-binary.ts";
import { pairOf } from "../internal/define-pair.ts";

/**
 * The larger of a and b, broadcast, or the other one where one is NaN. Where they are equal, a takes the whole gradient, as in torch.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export function fmax(a: Num, b: Num): Tensor {
  const [x, y] = pairOf("fmax", a, b);
  return where(maximum(greaterEqual(x, y), isnan(y)), x, y);
}

/**
 * The smaller of a and b, broadcast, or the other one where one is NaN. Where they are equal, a takes the whole gradient, as in torch.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export function fmin(a: Num, b: Num): Tensor {
  const [x, y] = pairOf("fmin", a, b);
  return where(maximum(lessEqual(x, y), isnan(y)), x, y);
}
