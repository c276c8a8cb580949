// Logarithms.

/**
 * ln x to about 1 ulp: x = m·2ᵉ with m in [√½, √2), a polynomial in m − 1. ln 0 = −∞, negative numbers give NaN,
 * denormals are scaled up first.
 */
@inline
export function log(x: v128): v128 {
  const denormal = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, denormal);
  // Subtracting the bits of √½ rounds the exponent so that the mantissa lies in [√½, √2).
  const shifted = i32x4.sub(scaled, i32x4.splat(0x3f3504f3));
  let e = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  e = f32x4.sub(e, v128.and(denormal, f32x4.splat(23)));
  const m = i32x4.add(v128.and(shifted, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(m, f32x4.splat(1));
  const square = f32x4.mul(f, f);
  // Pairs first (Estrin), so that the multiplications do not all wait for one another.
  const a = f32x4.add(f32x4.splat(3.3333331174e-1), f32x4.mul(f32x4.splat(-2.4999993993e-1), f));
  const b = f32x4.add(f32x4.splat(2.0000714765e-1), f32x4.mul(f32x4.splat(-1.6668057665e-1), f));
  const c = f32x4.add(f32x4.splat(1.4249322787e-1), f32x4.mul(f32x4.splat(-1.2420140846e-1), f));
  const d = f32x4.add(f32x4.splat(1.1676998740e-1), f32x4.mul(f32x4.splat(-1.1514610310e-1), f));
  const fourth = f32x4.mul(square, square);
  let p = f32x4.add(d, f32x4.mul(f32x4.splat(7.0376836292e-2), square));
  p = f32x4.add(f32x4.add(a, f32x4.mul(b, square)), f32x4.mul(fourth, f32x4.add(c, f32x4.mul(p, square))));
  let y = f32x4.mul(f32x4.mul(p, f), square);
  y = f32x4.add(y, f32x4.mul(e, f32x4.splat(-2.12194440e-4)));
  y = f32x4.sub(y, f32x4.mul(square, f32x4.splat(0.5)));
  y = f32x4.add(f32x4.add(y, f), f32x4.mul(e, f32x4.splat(0.693359375)));
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, f32x4.splat(0)));
  y = v128.bitselect(f32x4.splat(NaN), y, f32x4.lt(x, f32x4.splat(0)));
  // ∞ and NaN are their own logarithms.
  return v128.bitselect(y, x, f32x4.lt(x, f32x4.splat(Infinity)));
}

/** ln(1 + x), accurate near 0: what 1 + x rounds away is put back to first order. */
@inline
export function log1p(x: v128): v128 {
  const one = f32x4.splat(1);
  const u = f32x4.add(one, x);
  const lost = f32x4.div(f32x4.sub(x, f32x4.sub(u, one)), u);
  // The correction is undefined where u is 0 or ∞, and nothing was lost there.
  const usable = v128.and(f32x4.gt(u, f32x4.splat(0)), f32x4.lt(u, f32x4.splat(Infinity)));
  return f32x4.add(log(u), v128.and(lost, usable));
}
