// Counter-based randomness: value i depends on the key (low, high) and on i alone. The same as in src/tensor/random.ts.
import { storePart } from "./lib/lanes";

@inline
function mix(x: v128): v128 {
  let h = v128.xor(x, i32x4.shr_u(x, 16));
  h = i32x4.mul(h, i32x4.splat(0x7feb352d));
  h = v128.xor(h, i32x4.shr_u(h, 15));
  h = i32x4.mul(h, i32x4.splat(0x846ca68b));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** 24 random bits for each of the counters i … i + 3. */
@inline
function bits(i: i32, low: v128, high: v128): v128 {
  const counters = i32x4.mul(i32x4.add(i32x4.splat(i), i32x4(0, 1, 2, 3)), i32x4.splat(0x9e3779b9));
  return i32x4.shr_u(mix(v128.xor(mix(v128.xor(counters, low)), high)), 8);
}

/** out[i] = offset + scale · (the i-th uniform number in [0, 1)), in doubles and then rounded. */
export function uniform(from: i32, to: i32, out: usize, low: i32, high: i32, offset: f64, scale: f64): void {
  const lows = i32x4.splat(low);
  const highs = i32x4.splat(high);
  const offsets = f64x2.splat(offset);
  const scales = f64x2.splat(scale);
  const unit = f64x2.splat(5.960464477539063e-8);
  for (let i = from; i < to; i += 4) {
    const k = bits(i, lows, highs);
    const first = f64x2.mul(f64x2.convert_low_i32x4_s(k), unit);
    const last = f64x2.mul(f64x2.convert_low_i32x4_s(v128.shuffle<i64>(k, k, 1, 1)), unit);
    const y = v128.shuffle<i64>(
      f32x4.demote_f64x2_zero(f64x2.add(offsets, f64x2.mul(scales, first))),
      f32x4.demote_f64x2_zero(f64x2.add(offsets, f64x2.mul(scales, last))),
      0,
      2,
    );
    if (to - i >= 4) v128.store(out + (<usize>i << 2), y);
    else storePart(out + (<usize>i << 2), y, to - i);
  }
}

/**
 * out[i] = mean + deviation · (the i-th standard normal number, a float32), in doubles and then rounded. That number is made
 * by Box and Muller from the uniform numbers 2i and 2i + 1.
 */
export function normal(from: i32, to: i32, out: usize, low: i32, high: i32, mean: f64, deviation: f64): void {
  const lows = i32x4.splat(low);
  const highs = i32x4.splat(high);
  const means = f64x2.splat(mean);
  const deviations = f64x2.splat(deviation);
  for (let i = from; i < to; i += 2) {
    const k = bits(2 * i, lows, highs);
    const radius = f64x2.convert_low_i32x4_s(i8x16.shuffle(k, k, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11));
    const angle = f64x2.convert_low_i32x4_s(i8x16.shuffle(k, k, 4, 5, 6, 7, 12, 13, 14, 15, 4, 5, 6, 7, 12, 13, 14, 15));
    const r = f64x2.sqrt(f64x2.mul(f64x2.splat(-2), logOfFraction(f64x2.sub(f64x2.splat(16777216), radius))));
    const standard = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(f64x2.mul(r, cosineOfTurn(angle))));
    const y = f32x4.demote_f64x2_zero(f64x2.add(means, f64x2.mul(deviations, standard)));
    store<f32>(out + (<usize>i << 2), f32x4.extract_lane(y, 0));
    if (i + 1 < to) store<f32>(out + (<usize>i << 2) + 4, f32x4.extract_lane(y, 1));
  }
}

/** ln(k / 2²⁴) for whole k from 1 to 2²⁴. The operations and their order are those of src/tensor/random.ts, so the bits are. */
@inline
function logOfFraction(k: v128): v128 {
  const one = f64x2.splat(1);
  const shifted = i64x2.sub(k, i64x2.splat(0x3fe6a09e667f3bcd));
  const exponent = i64x2.shr_u(shifted, 52);
  const m = i64x2.add(v128.and(shifted, i64x2.splat(0xfffffffffffff)), i64x2.splat(0x3fe6a09e667f3bcd));
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
  const mantissa = f64x2.mul(f64x2.mul(p, f), f64x2.splat(2));
  return f64x2.add(f64x2.mul(f64x2.sub(e, f64x2.splat(24)), f64x2.splat(0.6931471805599453)), mantissa);
}

/** cos(2π·k / 2²⁴) for whole k from 0 to 2²⁴. */
@inline
function cosineOfTurn(k: v128): v128 {
  const quarter = f64x2.floor(f64x2.add(f64x2.mul(k, f64x2.splat(2.384185791015625e-7)), f64x2.splat(0.5)));
  const rest = f64x2.sub(k, f64x2.mul(quarter, f64x2.splat(4194304)));
  const r = f64x2.mul(rest, f64x2.splat(3.7450702829239286e-7));
  const s = f64x2.mul(r, r);
  let sin = f64x2.splat(2.7557319223985893e-6);
  sin = f64x2.add(f64x2.mul(sin, s), f64x2.splat(-1.9841269841269841e-4));
  sin = f64x2.add(f64x2.mul(sin, s), f64x2.splat(8.333333333333333e-3));
  sin = f64x2.add(f64x2.mul(sin, s), f64x2.splat(-0.16666666666666666));
  sin = f64x2.add(f64x2.mul(f64x2.mul(sin, s), r), r);
  let cos = f64x2.splat(-2.7557319223985888e-7);
  cos = f64x2.add(f64x2.mul(cos, s), f64x2.splat(2.48015873015873e-5));
  cos = f64x2.add(f64x2.mul(cos, s), f64x2.splat(-1.3888888888888889e-3));
  cos = f64x2.add(f64x2.mul(cos, s), f64x2.splat(4.1666666666666664e-2));
  cos = f64x2.add(f64x2.mul(cos, s), f64x2.splat(-0.5));
  cos = f64x2.add(f64x2.mul(cos, s), f64x2.splat(1));
  // Quarters 0 and 4 cos, 1 −sin, 2 −cos, 3 sin.
  const odd = v128.or(f64x2.eq(quarter, f64x2.splat(1)), f64x2.eq(quarter, f64x2.splat(3)));
  const negative = v128.or(f64x2.eq(quarter, f64x2.splat(1)), f64x2.eq(quarter, f64x2.splat(2)));
  const y = v128.bitselect(sin, cos, odd);
  return v128.bitselect(f64x2.neg(y), y, negative);
}

/**
 * out[i] = `value` where the i-th uniform number is below `keep`, else 0.
 */
export function keepMask(from: i32, to: i32, out: usize, low: i32, high: i32, keep: f32, value: f32): void {
  const lows = i32x4.splat(low);
  const highs = i32x4.splat(high);
  const limit = f32x4.splat(keep);
  const values = f32x4.splat(value);
  for (let i = from; i < to; i += 4) {
    const uniform = f32x4.mul(f32x4.convert_i32x4_s(bits(i, lows, highs)), f32x4.splat(5.960464477539063e-8));
    const mask = v128.and(values, f32x4.lt(uniform, limit));
    if (to - i >= 4) v128.store(out + (<usize>i << 2), mask);
    else storePart(out + (<usize>i << 2), mask, to - i);
  }
}
