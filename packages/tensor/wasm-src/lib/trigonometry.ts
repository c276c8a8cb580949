// Sine and cosine, by way of double precision, so that arguments up to 10⁸ are reduced without loss.

const TWO_OVER_PI: f64 = 0.6366197723675814;
/** π/2 in two parts: the first has 33 bits, so that multiples up to 2²⁰ are exact. */
const HALF_PI_HIGH: f64 = 1.57079632673412561417;
const HALF_PI_LOW: f64 = 6.07710050650619224932e-11;

/** sin(x + turns·π/2). */
@inline
export function sine(x: v128, turns: i32): v128 {
  const low = sine2(f64x2.promote_low_f32x4(x), turns);
  const high = sine2(f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)), turns);
  const a = f32x4.demote_f64x2_zero(low);
  const b = f32x4.demote_f64x2_zero(high);
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

function sine2(x: v128, turns: i32): v128 {
  const quarter = f64x2.nearest(f64x2.mul(x, f64x2.splat(TWO_OVER_PI)));
  let r = f64x2.sub(x, f64x2.mul(quarter, f64x2.splat(HALF_PI_HIGH)));
  r = f64x2.sub(r, f64x2.mul(quarter, f64x2.splat(HALF_PI_LOW)));
  const s = f64x2.mul(r, r);
  let sin = f64x2.splat(2.7557319223985893e-6);
  sin = f64x2.add(f64x2.mul(sin, s), f64x2.splat(-1.9841269841269841e-4));
  sin = f64x2.add(f64x2.mul(sin, s), f64x2.splat(8.3333333333333333e-3));
  sin = f64x2.add(f64x2.mul(sin, s), f64x2.splat(-1.6666666666666667e-1));
  sin = f64x2.add(f64x2.mul(f64x2.mul(sin, s), r), r);
  let cos = f64x2.splat(-2.7557319223985888e-7);
  cos = f64x2.add(f64x2.mul(cos, s), f64x2.splat(2.4801587301587302e-5));
  cos = f64x2.add(f64x2.mul(cos, s), f64x2.splat(-1.3888888888888889e-3));
  cos = f64x2.add(f64x2.mul(cos, s), f64x2.splat(4.1666666666666664e-2));
  cos = f64x2.add(f64x2.mul(cos, s), f64x2.splat(-0.5));
  cos = f64x2.add(f64x2.mul(cos, s), f64x2.splat(1));
  // Quadrant modulo 4, still as a double: 0 sin, 1 cos, 2 −sin, 3 −cos.
  let q = f64x2.add(quarter, f64x2.splat(<f64>turns));
  q = f64x2.sub(q, f64x2.mul(f64x2.splat(4), f64x2.floor(f64x2.mul(q, f64x2.splat(0.25)))));
  const odd = v128.or(f64x2.eq(q, f64x2.splat(1)), f64x2.eq(q, f64x2.splat(3)));
  const y = v128.bitselect(cos, sin, odd);
  return v128.bitselect(f64x2.neg(y), y, f64x2.ge(q, f64x2.splat(2)));
}
