// aᵇ, by way of double precision: in single, b·ln a would lose as many bits as the result has in its exponent.
import { exp2, highDoubles, log2, lowDoubles, toSingle } from "./double-functions";

/** aᵇ to 1 ulp, with the special cases of C's `pow`. */
@inline
export function power(a: v128, b: v128): v128 {
  const magnitude = f32x4.abs(a);
  let y = toSingle(power2(lowDoubles(magnitude), lowDoubles(b)), power2(highDoubles(magnitude), highDoubles(b)));
  const integer = f32x4.eq(f32x4.floor(b), b);
  const half = f32x4.mul(b, f32x4.splat(0.5));
  const odd = v128.andnot(integer, f32x4.eq(f32x4.floor(half), half));
  y = v128.or(y, v128.and(v128.and(a, i32x4.splat(0x80000000)), odd));
  const negative = v128.and(f32x4.lt(a, f32x4.splat(0)), f32x4.gt(a, f32x4.splat(-Infinity)));
  y = v128.bitselect(f32x4.splat(NaN), y, v128.andnot(negative, integer));
  // 1 to any power, anything to the power 0, and −1 to the power ±∞ are 1.
  const one = f32x4.splat(1);
  const endless = f32x4.eq(f32x4.abs(b), f32x4.splat(Infinity));
  const unit = v128.or(f32x4.eq(a, one), v128.and(f32x4.eq(magnitude, one), endless));
  return v128.bitselect(one, y, v128.or(unit, f32x4.eq(b, f32x4.splat(0))));
}

/** 2^(b·log₂ a) for a ≥ 0. */
function power2(a: v128, b: v128): v128 {
  return exp2(f64x2.mul(b, log2(a)));
}
