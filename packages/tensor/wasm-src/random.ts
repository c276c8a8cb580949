// Counter-based randomness: value i depends on the key (low, high) and on i alone. The same as in src/tensor/random-values.ts.
import { toSingle } from "./lib/double-functions";
import { storeUpToFour } from "./lib/lanes";
import { bits } from "./lib/random-bits";

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
    const y = toSingle(f64x2.add(offsets, f64x2.mul(scales, first)), f64x2.add(offsets, f64x2.mul(scales, last)));
    storeUpToFour(out + (<usize>i << 2), y, to - i);
  }
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
    storeUpToFour(out + (<usize>i << 2), mask, to - i);
  }
}
