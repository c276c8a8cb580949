// Functions of two doubles at a time, to 10⁻¹¹ and better: what becomes float32 of them is right to half an ulp and a little.

/** The first two of four lanes. */
@inline
export function lowDoubles(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The last two of four lanes. */
@inline
export function highDoubles(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 0, 1));
}

/** Four lanes, of which these are the first and the last two. */
@inline
export function toSingle(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** Three steps of Horner's scheme: ((p·x + a)·x + b)·x + c. */
@inline
export function horner(p: v128, x: v128, a: f64, b: f64, c: f64): v128 {
  p = f64x2.add(f64x2.mul(p, x), f64x2.splat(a));
  p = f64x2.add(f64x2.mul(p, x), f64x2.splat(b));
  return f64x2.add(f64x2.mul(p, x), f64x2.splat(c));
}

/** artanh(f)/f for |f| ≤ 0.172, given s = f². */
@inline
export function artanhNear(s: v128): v128 {
  const p = horner(f64x2.splat(1.0 / 13.0), s, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0);
  return horner(p, s, 1.0 / 5.0, 1.0 / 3.0, 1);
}

/** log₂ x for x ≥ 0 that came from a float32, to 10⁻¹² of the result. */
@inline
export function log2(x: v128): v128 {
  // Subtracting the bits of √½ rounds the exponent so that the mantissa lies in [√½, √2).
  const shifted = i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd));
  const exponent = i64x2.shr_s(shifted, 52);
  const m = i64x2.add(v128.and(shifted, i64x2.splat(0xfffffffffffff)), i64x2.splat(0x3fe6a09e667f3bcd));
  // ln m = 2·artanh(f) with f = (m − 1)/(m + 1), |f| ≤ 0.172.
  const one = f64x2.splat(1);
  const f = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const p = artanhNear(f64x2.mul(f, f));
  const e = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponent, exponent, 0, 2, 0, 2));
  let y = f64x2.add(e, f64x2.mul(f64x2.mul(p, f), f64x2.splat(2.8853900817779268)));
  y = v128.bitselect(f64x2.splat(-Infinity), y, f64x2.eq(x, f64x2.splat(0)));
  // ∞ and NaN are their own logarithms.
  return v128.bitselect(y, x, f64x2.lt(x, f64x2.splat(Infinity)));
}

/** 2ˣ, ∞ and 0 where a float32 would overflow or vanish. */
@inline
export function exp2(x: v128): v128 {
  const clamped = f64x2.max(f64x2.min(x, f64x2.splat(200)), f64x2.splat(-200));
  const n = f64x2.nearest(clamped);
  const r = f64x2.mul(f64x2.sub(clamped, n), f64x2.splat(0.6931471805599453));
  let p = horner(f64x2.splat(1.0 / 362880.0), r, 1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0);
  p = horner(p, r, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0);
  p = horner(p, r, 0.5, 1, 1);
  const whole = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(n));
  return f64x2.mul(p, i64x2.shl(i64x2.add(whole, i64x2.splat(1023)), 52));
}

/** eˣ, ∞ and 0 where a float32 would overflow or vanish. */
@inline
export function exp(x: v128): v128 {
  return exp2(f64x2.mul(x, f64x2.splat(1.4426950408889634)));
}

/** arctan x. */
@inline
export function atan(x: v128): v128 {
  const one = f64x2.splat(1);
  const magnitude = f64x2.abs(x);
  const large = f64x2.gt(magnitude, one);
  const t = v128.bitselect(f64x2.div(one, magnitude), magnitude, large);
  // arctan t = π/4 + arctan((t − 1)/(t + 1)), which is at most tan(π/8) from there on.
  const middle = f64x2.gt(t, f64x2.splat(0.41421356237309503));
  const z = v128.bitselect(f64x2.div(f64x2.sub(t, one), f64x2.add(t, one)), t, middle);
  const s = f64x2.mul(z, z);
  let p = horner(f64x2.splat(1.0 / 33.0), s, -1.0 / 31.0, 1.0 / 29.0, -1.0 / 27.0);
  p = horner(p, s, 1.0 / 25.0, -1.0 / 23.0, 1.0 / 21.0);
  p = horner(p, s, -1.0 / 19.0, 1.0 / 17.0, -1.0 / 15.0);
  p = horner(p, s, 1.0 / 13.0, -1.0 / 11.0, 1.0 / 9.0);
  p = horner(p, s, -1.0 / 7.0, 1.0 / 5.0, -1.0 / 3.0);
  p = f64x2.add(f64x2.mul(p, s), one);
  let y = f64x2.add(f64x2.mul(z, p), v128.and(middle, f64x2.splat(0.7853981633974483)));
  y = v128.bitselect(f64x2.sub(f64x2.splat(1.5707963267948966), y), y, large);
  return v128.or(y, v128.and(x, i64x2.splat(0x8000000000000000)));
}
