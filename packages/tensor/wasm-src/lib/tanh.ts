// Hyperbolic tangent.
import { exp } from "./exp";

/** tanh x to about 1.5 ulp: an odd polynomial near 0, and 1 − 2 / (e^{2|x|} + 1) beyond. NaN stays NaN. */
@inline
export function tanh(x: v128): v128 {
  const one = f32x4.splat(1);
  const magnitude = f32x4.abs(x);
  const e = exp(f32x4.add(magnitude, magnitude));
  const far = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(e, one)));
  const s = f32x4.mul(x, x);
  let near = f32x4.splat(-5.70498872745e-3);
  near = f32x4.add(f32x4.mul(near, s), f32x4.splat(2.06390887954e-2));
  near = f32x4.add(f32x4.mul(near, s), f32x4.splat(-5.37397155531e-2));
  near = f32x4.add(f32x4.mul(near, s), f32x4.splat(1.33314422036e-1));
  near = f32x4.add(f32x4.mul(near, s), f32x4.splat(-3.33332819422e-1));
  near = f32x4.add(f32x4.mul(f32x4.mul(near, s), x), x);
  const y = v128.bitselect(far, near, f32x4.gt(magnitude, f32x4.splat(0.625)));
  return v128.or(y, v128.and(x, i32x4.splat(0x80000000)));
}
