import type { Tensor } from "../../core.ts";
import type { Num } from "../internal/define-binary.ts";
import { pairOf } from "../internal/define-pair.ts";
import { floorQuotient, wholeQuotient } from "../internal/floor-quotient.ts";
import { refuseZeroDivisor } from "../internal/refuse-zero-divisor.ts";

/**
 * ⌊a/b⌋, broadcast; a/b where b is 0. Exact for int32. No gradient flows through it.
 *
 * @throws ValueError if both are int32 and b is 0 somewhere. @throws ShapeError if the shapes do not broadcast.
 */
export function floorDivide(a: Num, b: Num): Tensor {
  const [x, y] = pairOf("floorDivide", a, b);
  refuseZeroDivisor("floorDivide", a, b);
  const whole = x.dtype === "int32" && y.dtype === "int32";
  return whole ? wholeQuotient(x, y) : floorQuotient(x.detach(), y.detach());
}
