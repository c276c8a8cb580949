// Dot products of long rows. Each sums in the same order whatever stands beside it.
import { CHAIN, madd, sumRows } from "./lanes";

/** Dot products of x with four rows of y, `step` bytes apart. */
@inline
export function dotFour(x: usize, y: usize, step: usize, k: i32): v128 {
  return k <= CHAIN ? dotPart(x, y, step, k) : dotLong(x, y, step, k);
}

function dotLong(x: usize, y: usize, step: usize, k: i32): v128 {
  let low = f64x2.splat(0), high = low;
  for (; k > 0; k -= CHAIN) {
    const sums = dotPart(x, y, step, min(k, CHAIN));
    low = f64x2.add(low, f64x2.promote_low_f32x4(sums));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(sums, sums, 1, 1)));
    x += CHAIN << 2;
    y += CHAIN << 2;
  }
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

function dotPart(x: usize, y: usize, step: usize, k: i32): v128 {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const y2 = step * 2;
  const y3 = step * 3;
  let left = k;
  for (; left >= 8; left -= 8) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    c00 = madd(x0, v128.load(y), c00);
    c01 = madd(x1, v128.load(y, 16), c01);
    c10 = madd(x0, v128.load(y + step), c10);
    c11 = madd(x1, v128.load(y + step, 16), c11);
    c20 = madd(x0, v128.load(y + y2), c20);
    c21 = madd(x1, v128.load(y + y2, 16), c21);
    c30 = madd(x0, v128.load(y + y3), c30);
    c31 = madd(x1, v128.load(y + y3, 16), c31);
    x += 32;
    y += 32;
  }
  let sums = sumRows(f32x4.add(c00, c01), f32x4.add(c10, c11), f32x4.add(c20, c21), f32x4.add(c30, c31));
  for (; left > 0; left--) {
    const column = f32x4(load<f32>(y), load<f32>(y + step), load<f32>(y + y2), load<f32>(y + y3));
    sums = madd(v128.load32_splat(x), column, sums);
    x += 4;
    y += 4;
  }
  return sums;
}

/** One of them. */
export function dotOne(x: usize, y: usize, k: i32): f32 {
  return f32x4.extract_lane(dotFour(x, y, 0, k), 0);
}
