// aᵇ, by way of double precision: in single, b·ln a would lose as many bits as the result has in its exponent.

/** aᵇ to 1 ulp, with the special cases of C's `pow`. */
@inline
export function power(a: v128, b: v128): v128 {
  const magnitude = f32x4.abs(a);
  const low = power2(f64x2.promote_low_f32x4(magnitude), f64x2.promote_low_f32x4(b));
  const high = power2(f64x2.promote_low_f32x4(upper(magnitude)), f64x2.promote_low_f32x4(upper(b)));
  const p = f32x4.demote_f64x2_zero(low);
  let y = i8x16.shuffle(p, f32x4.demote_f64x2_zero(high), 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
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

@inline
function upper(x: v128): v128 {
  return i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

/** 2^(b·log₂ a) for a ≥ 0. */
function power2(a: v128, b: v128): v128 {
  return exp2(f64x2.mul(b, log2(a)));
}

/** log₂ x for x ≥ 0 that came from a float32, to 10⁻¹² of the result. */
@inline
function log2(x: v128): v128 {
  const shifted = i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd));
  const exponent = i64x2.shr_s(shifted, 52);
  const m = i64x2.add(v128.and(shifted, i64x2.splat(0xfffffffffffff)), i64x2.splat(0x3fe6a09e667f3bcd));
  // ln m = 2·artanh(f) with f = (m − 1)/(m + 1), |f| ≤ 0.172.
  const one = f64x2.splat(1);
  const f = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const s = f64x2.mul(f, f);
  let p = f64x2.splat(1.0 / 13.0);
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.0 / 11.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.0 / 9.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.0 / 7.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.0 / 5.0));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.0 / 3.0));
  p = f64x2.add(f64x2.mul(p, s), one);
  const e = f64x2.convert_low_i32x4_s(i8x16.shuffle(exponent, exponent, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11));
  let y = f64x2.add(e, f64x2.mul(f64x2.mul(p, f), f64x2.splat(2.8853900817779268)));
  y = v128.bitselect(f64x2.splat(-Infinity), y, f64x2.eq(x, f64x2.splat(0)));
  return v128.bitselect(y, x, f64x2.lt(x, f64x2.splat(Infinity)));
}

/** 2ˣ, ∞ and 0 where a float32 would overflow or vanish. */
@inline
function exp2(x: v128): v128 {
  const clamped = f64x2.max(f64x2.min(x, f64x2.splat(200)), f64x2.splat(-200));
  const n = f64x2.nearest(clamped);
  const r = f64x2.mul(f64x2.sub(clamped, n), f64x2.splat(0.6931471805599453));
  let p = f64x2.splat(1.0 / 362880.0);
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 40320.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 5040.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 720.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 120.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 24.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 6.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  const whole = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(n));
  return f64x2.mul(p, i64x2.shl(i64x2.add(whole, i64x2.splat(1023)), 52));
}
