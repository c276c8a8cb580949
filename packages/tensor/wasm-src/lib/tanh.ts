// Hyperbolic tangent.

/** tanh x to about 2 ulp, as an odd rational function of degree 13 over 6 (the one of Eigen). NaN stays NaN. */
@inline
export function tanh(x: v128): v128 {
  const limit = f32x4.splat(7.90531110763549805);
  const c = f32x4.max(f32x4.min(x, limit), f32x4.neg(limit));
  const s = f32x4.mul(c, c);
  let p = f32x4.splat(-2.76076847742355e-16);
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(2.00018790482477e-13));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-8.60467152213735e-11));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(5.12229709037114e-8));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(1.48572235717979e-5));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(6.37261928875436e-4));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(4.89352455891786e-3));
  let q = f32x4.splat(1.19825839466702e-6);
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(1.18534705686654e-4));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(2.26843463243900e-3));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(4.89352518554385e-3));
  const y = f32x4.div(f32x4.mul(c, p), q);
  return v128.bitselect(x, y, f32x4.lt(f32x4.abs(x), f32x4.splat(4e-4)));
}
