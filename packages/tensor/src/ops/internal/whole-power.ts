import { Tensor, ValueError } from "../../core.ts";
import { full, onesLike } from "../../tensor/create.ts";
import { abs, cast, equal, greaterEqual, less, mul, square, sub, where } from "../basic.ts";
import type { Num } from "./define-binary.ts";

/** aᵇ of int32, by squaring, from the highest bit of b on. At least one is a tensor. */
export function wholePower(a: Num, b: Num): Tensor {
  if (a instanceof Tensor && !(b instanceof Tensor)) {
    if (b < 0)
      throw new ValueError(`pow: an int32 tensor has no power ${b} in int32; convert it with cast(x, "float32")`);
    let power = onesLike(a);
    for (let bit = 2 ** 30; bit >= 1; bit /= 2) {
      if (bit > b) continue;
      power = (b & bit) === 0 ? square(power) : mul(square(power), a);
    }
    return power;
  }
  const exponent = b as Tensor;
  const { device } = exponent;
  const base = a instanceof Tensor ? a : full([], a, { dtype: "int32", device });
  // 1/aᵇ rounded towards zero is 0 unless |a| is 1.
  const unit = equal(abs(base), 1);
  let left = where(less(exponent, 0), mul(cast(unit, "int32"), abs(exponent)), exponent);
  let power = onesLike(mul(base, exponent));
  for (let bit = 2 ** 30; bit >= 1; bit /= 2) {
    const set = greaterEqual(left, bit);
    power = mul(square(power), where(set, base, 1));
    left = where(set, sub(left, bit), left);
  }
  return where(mul(less(exponent, 0), equal(unit, 0)), 0, power);
}
