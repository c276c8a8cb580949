// Counter-based randomness: value i depends on the key (low, high) and on i alone. The same as in src/random.ts.
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

/**
 * out[i] = `value` where the i-th uniform number is below `keep`, else 0.
 */
export function keepMask(from: i32, to: i32, out: usize, low: i32, high: i32, keep: f32, value: f32): void {
  const lows = i32x4.splat(low);
  const highs = i32x4.splat(high);
  const limit = f32x4.splat(keep);
  const values = f32x4.splat(value);
  for (let i = from; i < to; i += 4) {
    const uniform = f32x4.mul(f32x4.convert_i32x4_u(bits(i, lows, highs)), f32x4.splat(5.960464477539063e-8));
    const mask = v128.and(values, f32x4.lt(uniform, limit));
    if (to - i >= 4) v128.store(out + (<usize>i << 2), mask);
    else storePart(out + (<usize>i << 2), mask, to - i);
  }
}
