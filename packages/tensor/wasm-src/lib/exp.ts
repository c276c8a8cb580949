// eˣ and what is made of it.

/** Adding it rounds a float32 below 2²² to a whole number, which is then found in the low bits. */
const ROUNDER: f32 = 12582912;

/**
 * eˣ to about 1 ulp: x = n·ln 2 + r with |r| ≤ ln 2 / 2, a polynomial for eʳ, and 2ⁿ applied in two halves so that
 * denormal results come out rounded. Overflow gives ∞, NaN stays NaN.
 */
@inline
export function exp(x: v128): v128 {
  // pmin and pmax keep the first operand if it is NaN, and are a single instruction.
  const clamped = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104.5));
  const shifted = f32x4.add(f32x4.mul(clamped, f32x4.splat(1.4426950408889634)), f32x4.splat(ROUNDER));
  const n = f32x4.sub(shifted, f32x4.splat(ROUNDER));
  // ln 2 in two parts: the first has so few bits that n times it is exact.
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  // Pairs first (Estrin), so that the multiplications do not all wait for one another.
  const r2 = f32x4.mul(r, r);
  const low = f32x4.add(f32x4.splat(5.0000001201e-1), f32x4.mul(f32x4.splat(1.6666665459e-1), r));
  const middle = f32x4.add(f32x4.splat(4.1665795894e-2), f32x4.mul(f32x4.splat(8.3334519073e-3), r));
  const high = f32x4.add(f32x4.splat(1.3981999507e-3), f32x4.mul(f32x4.splat(1.9875691500e-4), r));
  let p = f32x4.add(low, f32x4.mul(r2, f32x4.add(middle, f32x4.mul(r2, high))));
  p = f32x4.add(f32x4.add(f32x4.mul(p, r2), r), f32x4.splat(1));
  const whole = i32x4.sub(shifted, f32x4.splat(ROUNDER));
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** 2ⁿ for integers n in [−126, 127]. */
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** 1 / (1 + e⁻ˣ). */
@inline
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}
