import { exp } from "./exp";

/**
 * The error function to about 1 ulp: an odd polynomial near 0, and 1 − e^{p(|x|)} beyond.
 * Coefficients: N. Juffa, https://stackoverflow.com/a/35148199.
 */
@inline
export function erf(x: v128): v128 {
  const t = f32x4.min(f32x4.abs(x), f32x4.splat(4));
  const s = f32x4.mul(t, t);
  let far = f32x4.add(f32x4.mul(f32x4.splat(-1.72853470e-5), t), f32x4.splat(3.83197126e-4));
  const middle = f32x4.add(f32x4.mul(f32x4.splat(-3.88396438e-3), t), f32x4.splat(2.42546219e-2));
  far = f32x4.add(f32x4.mul(far, s), middle);
  far = f32x4.add(f32x4.mul(far, t), f32x4.splat(-1.06777877e-1));
  far = f32x4.add(f32x4.mul(far, t), f32x4.splat(-6.34846687e-1));
  far = f32x4.add(f32x4.mul(far, t), f32x4.splat(-1.28717512e-1));
  far = f32x4.sub(f32x4.mul(far, t), t);
  far = f32x4.sub(f32x4.splat(1), exp(far));
  far = v128.or(far, v128.and(x, i32x4.splat(0x80000000)));
  let near = f32x4.splat(-5.96761703e-4);
  near = f32x4.add(f32x4.mul(near, s), f32x4.splat(4.99119423e-3));
  near = f32x4.add(f32x4.mul(near, s), f32x4.splat(-2.67681349e-2));
  near = f32x4.add(f32x4.mul(near, s), f32x4.splat(1.12819925e-1));
  near = f32x4.add(f32x4.mul(near, s), f32x4.splat(-3.76125336e-1));
  near = f32x4.add(f32x4.mul(near, s), f32x4.splat(1.28379166e-1));
  near = f32x4.add(f32x4.mul(near, x), x);
  return v128.bitselect(far, near, f32x4.gt(t, f32x4.splat(0.927734375)));
}
