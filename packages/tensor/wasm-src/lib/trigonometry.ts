// Sine and cosine to 0.6 ulp, by way of double precision.
import { highDoubles, horner, lowDoubles, toSingle } from "./double-functions";

const TWO_OVER_PI: f64 = 0.6366197723675814;
const HALF_PI: f64 = 1.5707963267948966;
/** π/2 in two parts: the first has 33 bits, so that its multiples up to 2²⁰ are exact. */
const HALF_PI_HIGH: f64 = 1.57079632673412561417;
const HALF_PI_LOW: f64 = 6.07710050650619224932e-11;
/** Up to here those multiples suffice. */
const MODERATE: f32 = 1e6;

/** sin(x + turns·π/2); NaN for infinities. */
@inline
export function sine(x: v128, turns: i32): v128 {
  if (v128.any_true(f32x4.gt(f32x4.abs(x), f32x4.splat(MODERATE)))) return sineOfAny(x, turns);
  return toSingle(sineOfModerate(lowDoubles(x), turns), sineOfModerate(highDoubles(x), turns));
}

function sineOfModerate(x: v128, turns: i32): v128 {
  const quarter = f64x2.nearest(f64x2.mul(x, f64x2.splat(TWO_OVER_PI)));
  let r = f64x2.sub(x, f64x2.mul(quarter, f64x2.splat(HALF_PI_HIGH)));
  r = f64x2.sub(r, f64x2.mul(quarter, f64x2.splat(HALF_PI_LOW)));
  return sineOfQuarter(r, f64x2.add(quarter, f64x2.splat(<f64>turns)));
}

/** sin(r + quarter·π/2) for |r| ≤ π/4. */
function sineOfQuarter(r: v128, quarter: v128): v128 {
  const s = f64x2.mul(r, r);
  const sin = sineNear(r, s), cos = cosineNear(s);
  // The quarter modulo 4, still as a double: 0 sin, 1 cos, 2 −sin, 3 −cos.
  const q = f64x2.sub(quarter, f64x2.mul(f64x2.splat(4), f64x2.floor(f64x2.mul(quarter, f64x2.splat(0.25)))));
  const odd = v128.or(f64x2.eq(q, f64x2.splat(1)), f64x2.eq(q, f64x2.splat(3)));
  const y = v128.bitselect(cos, sin, odd);
  return v128.bitselect(f64x2.neg(y), y, f64x2.ge(q, f64x2.splat(2)));
}

/** sin r for |r| ≤ π/4, given s = r². */
@inline
export function sineNear(r: v128, s: v128): v128 {
  const sin = horner(f64x2.splat(2.7557319223985893e-6), s, -1.9841269841269841e-4, 8.3333333333333333e-3, -1.6666666666666667e-1);
  return f64x2.add(f64x2.mul(f64x2.mul(sin, s), r), r);
}

/** cos r for |r| ≤ π/4, given s = r². */
@inline
export function cosineNear(s: v128): v128 {
  let cos = horner(f64x2.splat(-2.7557319223985888e-7), s, 2.4801587301587302e-5, -1.3888888888888889e-3, 4.1666666666666664e-2);
  cos = f64x2.add(f64x2.mul(cos, s), f64x2.splat(-0.5));
  return f64x2.add(f64x2.mul(cos, s), f64x2.splat(1));
}

/** Lane by lane, for lanes that may be huge. */
function sineOfAny(x: v128, turns: i32): v128 {
  const a = sineOfOne(f32x4.extract_lane(x, 0), turns);
  const b = sineOfOne(f32x4.extract_lane(x, 1), turns);
  const c = sineOfOne(f32x4.extract_lane(x, 2), turns);
  const d = sineOfOne(f32x4.extract_lane(x, 3), turns);
  return toSingle(f64x2.replace_lane(f64x2.splat(a), 1, b), f64x2.replace_lane(f64x2.splat(c), 1, d));
}

function sineOfOne(x: f32, turns: i32): f64 {
  const magnitude = abs(x);
  if (!(magnitude > MODERATE)) return f64x2.extract_lane(sineOfModerate(f64x2.splat(<f64>x), turns), 0);
  if (magnitude == Infinity) return NaN;
  // x = m·2ᵉ. Of m·2ᵉ·2/π, only the bits of 2/π from the one worth 4/2ᵉ on matter, modulo four quarters.
  const bits = reinterpret<u32>(magnitude);
  const e = <i32>(bits >> 23) - 150;
  const m = <u64>((bits & 0x7fffff) | 0x800000);
  const first = e - 2;
  // The product with 96 bits of 2/π, of which the top 64 after the whole turns are kept: quarters of a turn in 2⁶².
  const top = m * twoOverPi(first);
  const middle = m * twoOverPi(first + 32);
  const bottom = m * twoOverPi(first + 64);
  const turn = (top << 32) + middle + (bottom >> 32);
  const quarter = (turn + (1 << 61)) >> 62;
  const rest = <i64>(turn - (quarter << 62));
  const r = <f64>rest * (HALF_PI / 4611686018427387904.0);
  const y = f64x2.extract_lane(sineOfQuarter(f64x2.splat(r), f64x2.splat(<f64>quarter)), 0);
  if (turns == 0) return x < 0 ? -y : y;
  return f64x2.extract_lane(sineOfQuarter(f64x2.splat(r), f64x2.splat(<f64>quarter + 1)), 0);
}

/** 32 bits of 2/π, from the one worth 2^(−1 − first) on. Those before the point are 0. */
function twoOverPi(first: i32): u64 {
  const word = first >> 6;
  const shift = first & 63;
  let bits = bitsOfTwoOverPi(word) << shift;
  if (shift > 32) bits |= bitsOfTwoOverPi(word + 1) >> (64 - shift);
  return bits >> 32;
}

function bitsOfTwoOverPi(word: i32): u64 {
  if (word == 0) return 0xa2f9836e4e441529;
  if (word == 1) return 0xfc2757d1f534ddc0;
  if (word == 2) return 0xdb6295993c439041;
  return word == 3 ? 0xfe5163abdebbc561 : 0;
}
