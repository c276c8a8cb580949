// Normal random numbers, as in src/tensor/random-values.ts: a family of its own, as most programs draw uniform ones only.
import { artanhNear } from "./lib/double-functions";
import { bits } from "./lib/random-bits";
import { cosineNear, sineNear } from "./lib/trigonometry";

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

/** ln(k / 2²⁴) for whole k from 1 to 2²⁴. The operations and their order are those of src/tensor/random-values.ts, so the bits are. */
@inline
function logOfFraction(k: v128): v128 {
  const one = f64x2.splat(1);
  const shifted = i64x2.sub(k, i64x2.splat(0x3fe6a09e667f3bcd));
  const exponent = i64x2.shr_u(shifted, 52);
  const m = i64x2.add(v128.and(shifted, i64x2.splat(0xfffffffffffff)), i64x2.splat(0x3fe6a09e667f3bcd));
  const f = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const p = artanhNear(f64x2.mul(f, f));
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
  const sin = sineNear(r, s), cos = cosineNear(s);
  // Quarters 0 and 4 cos, 1 −sin, 2 −cos, 3 sin.
  const odd = v128.or(f64x2.eq(quarter, f64x2.splat(1)), f64x2.eq(quarter, f64x2.splat(3)));
  const negative = v128.or(f64x2.eq(quarter, f64x2.splat(1)), f64x2.eq(quarter, f64x2.splat(2)));
  const y = v128.bitselect(sin, cos, odd);
  return v128.bitselect(f64x2.neg(y), y, negative);
}
