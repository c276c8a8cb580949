// One step of an optimizer over elements [from, to) of a parameter p with gradient g, in place. Without decay, what stands in
// p, even NaN, does not reach the gradient. Two vectors at once, which engines can pair: see docs/architecture.md. The values
// of the second may lie past the end, where nothing is written.
import { storeUpToEight } from "./lib/lanes";
import { maskUnlessZero } from "./lib/step";

/** p −= lr·(sign·g + decay·p) */
export function sgd(from: i32, to: i32, p: usize, g: usize, lr: f32, decay: f32, sign: f32): void {
  const rate = f32x4.splat(lr);
  const decays = f32x4.splat(decay);
  const signs = f32x4.splat(sign);
  const decayed = maskUnlessZero(decay);
  for (let i = from; i < to; i += 8) {
    const at = <usize>i << 2;
    const x = v128.load(p + at), y = v128.load(p + at, 16);
    const change = f32x4.add(f32x4.mul(signs, v128.load(g + at)), f32x4.mul(decays, v128.and(decayed, x)));
    const change2 = f32x4.add(f32x4.mul(signs, v128.load(g + at, 16)), f32x4.mul(decays, v128.and(decayed, y)));
    storeUpToEight(p + at, f32x4.sub(x, f32x4.mul(rate, change)), f32x4.sub(y, f32x4.mul(rate, change2)), to - i);
  }
}

/** d = sign·g + decay·p; m = keep·m + take·d; p −= lr·m, or lr·(d + momentum·m) with Nesterov's. */
export function sgdMomentum(
  from: i32, to: i32, p: usize, g: usize, m: usize,
  lr: f32, decay: f32, sign: f32, keep: f32, take: f32, momentum: f32, nesterov: i32,
): void {
  const rate = f32x4.splat(lr);
  const decays = f32x4.splat(decay);
  const signs = f32x4.splat(sign);
  const keeps = f32x4.splat(keep);
  const takes = f32x4.splat(take);
  const momenta = f32x4.splat(momentum);
  const decayed = maskUnlessZero(decay);
  // What is not kept may be anything, even NaN.
  const old = maskUnlessZero(keep);
  for (let i = from; i < to; i += 8) {
    const at = <usize>i << 2;
    const x = v128.load(p + at), y = v128.load(p + at, 16);
    const d = f32x4.add(f32x4.mul(signs, v128.load(g + at)), f32x4.mul(decays, v128.and(decayed, x)));
    const e = f32x4.add(f32x4.mul(signs, v128.load(g + at, 16)), f32x4.mul(decays, v128.and(decayed, y)));
    const u = f32x4.add(f32x4.mul(keeps, v128.and(old, v128.load(m + at))), f32x4.mul(takes, d));
    const v = f32x4.add(f32x4.mul(keeps, v128.and(old, v128.load(m + at, 16))), f32x4.mul(takes, e));
    const change = nesterov ? f32x4.add(d, f32x4.mul(momenta, u)) : u;
    const change2 = nesterov ? f32x4.add(e, f32x4.mul(momenta, v)) : v;
    storeUpToEight(m + at, u, v, to - i);
    storeUpToEight(p + at, f32x4.sub(x, f32x4.mul(rate, change)), f32x4.sub(y, f32x4.mul(rate, change2)), to - i);
  }
}
