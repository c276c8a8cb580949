import { Tensor } from "../../core.ts";
import { add, cast, div, equal, less, mul, notEqual, sub, where } from "../basic.ts";
import { fmod } from "../functions/fmod.ts";
import { round } from "../functions/round.ts";
import type { Num } from "./define-binary.ts";

/** ⌊a/b⌋, by way of the remainder, which is exact where a/b would be rounded to the next whole number. */
export function floorQuotient(a: Num, b: Num): Tensor {
  const rest = fmod(a, b);
  const quotient = sub(round(div(sub(a, rest), b)), beyond(rest, b));
  return b instanceof Tensor ? where(equal(b, 0), div(a, b), quotient) : b === 0 ? div(a, b) : quotient;
}

/** ⌊a/b⌋ of int32, exact: the quotient of what b divides in float32, and that of what it missed, which is small. */
export function wholeQuotient(a: Tensor, b: Tensor): Tensor {
  const rest = fmod(a, b);
  const multiple = sub(a, rest);
  const near = cast(round(div(multiple, b)), "int32");
  const quotient = add(near, cast(round(div(sub(multiple, mul(near, b)), b)), "int32"));
  return sub(quotient, cast(beyond(rest, b), "int32"));
}

/** 1 where a remainder has not the sign of the divisor, so that the quotient rounded towards 0 is one too large. */
function beyond(rest: Tensor, b: Num): Tensor {
  const negative = b instanceof Tensor ? less(b, 0) : Number(b < 0);
  return mul(notEqual(rest, 0), notEqual(less(rest, 0), negative));
}
