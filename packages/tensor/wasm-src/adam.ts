// As sgd.ts.
import { storeUpToEight } from "./lib/lanes";
import { maskUnlessZero } from "./lib/step";

/**
 * d = sign·g + decay·p; m = beta1·m + rest1·d; v = beta2·v + rest2·d²; w = v, or max(largest, v) if `largest` is not 0;
 * p = shrink·p − stepSize·m / (√w / rootCorrection + eps).
 */
export function adam(
  from: i32, to: i32, p: usize, g: usize, m: usize, v: usize, largest: usize,
  stepSize: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, rootCorrection: f32, eps: f32, decay: f32, shrink: f32, sign: f32,
): void {
  const decays = f32x4.splat(decay), signs = f32x4.splat(sign);
  const keeps = f32x4.splat(beta1), takes = f32x4.splat(rest1), keepsSquare = f32x4.splat(beta2), takesSquare = f32x4.splat(rest2);
  const correction = f32x4.splat(rootCorrection), epsilon = f32x4.splat(eps), size = f32x4.splat(stepSize), left = f32x4.splat(shrink);
  const decayed = maskUnlessZero(decay);
  for (let i = from; i < to; i += 8) {
    const at = <usize>i << 2;
    const x = v128.load(p + at), y = v128.load(p + at, 16);
    const d = f32x4.add(f32x4.mul(signs, v128.load(g + at)), f32x4.mul(decays, v128.and(decayed, x)));
    const e = f32x4.add(f32x4.mul(signs, v128.load(g + at, 16)), f32x4.mul(decays, v128.and(decayed, y)));
    const mean = f32x4.add(f32x4.mul(keeps, v128.load(m + at)), f32x4.mul(takes, d));
    const mean2 = f32x4.add(f32x4.mul(keeps, v128.load(m + at, 16)), f32x4.mul(takes, e));
    const square = f32x4.add(f32x4.mul(keepsSquare, v128.load(v + at)), f32x4.mul(f32x4.mul(takesSquare, d), d));
    const square2 = f32x4.add(f32x4.mul(keepsSquare, v128.load(v + at, 16)), f32x4.mul(f32x4.mul(takesSquare, e), e));
    let root = square, root2 = square2;
    if (largest) {
      root = f32x4.max(v128.load(largest + at), square);
      root2 = f32x4.max(v128.load(largest + at, 16), square2);
      storeUpToEight(largest + at, root, root2, to - i);
    }
    const divisor = f32x4.add(f32x4.div(f32x4.sqrt(root), correction), epsilon);
    const divisor2 = f32x4.add(f32x4.div(f32x4.sqrt(root2), correction), epsilon);
    storeUpToEight(m + at, mean, mean2, to - i);
    storeUpToEight(v + at, square, square2, to - i);
    storeUpToEight(
      p + at, f32x4.sub(f32x4.mul(left, x), f32x4.div(f32x4.mul(size, mean), divisor)),
      f32x4.sub(f32x4.mul(left, y), f32x4.div(f32x4.mul(size, mean2), divisor2)), to - i,
    );
  }
}
