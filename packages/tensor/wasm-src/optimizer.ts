// One step of an optimizer over elements [from, to) of a parameter p with gradient g, in place. Without decay, what stands in
// p, even NaN, does not reach the gradient.
import { storePart } from "./lib/lanes";

/** p −= lr·(sign·g + decay·p) */
export function sgd(from: i32, to: i32, p: usize, g: usize, lr: f32, decay: f32, sign: f32): void {
  const rate = f32x4.splat(lr);
  const decays = f32x4.splat(decay);
  const signs = f32x4.splat(sign);
  const decayed = maskUnlessZero(decay);
  for (let i = from; i < to; i += 4) {
    const at = <usize>i << 2;
    const x = v128.load(p + at);
    const change = f32x4.add(f32x4.mul(signs, v128.load(g + at)), f32x4.mul(decays, v128.and(decayed, x)));
    write(p + at, f32x4.sub(x, f32x4.mul(rate, change)), to - i);
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
  for (let i = from; i < to; i += 4) {
    const at = <usize>i << 2;
    const x = v128.load(p + at);
    const d = f32x4.add(f32x4.mul(signs, v128.load(g + at)), f32x4.mul(decays, v128.and(decayed, x)));
    const buffer = f32x4.add(f32x4.mul(keeps, v128.and(old, v128.load(m + at))), f32x4.mul(takes, d));
    const change = nesterov ? f32x4.add(d, f32x4.mul(momenta, buffer)) : buffer;
    write(m + at, buffer, to - i);
    write(p + at, f32x4.sub(x, f32x4.mul(rate, change)), to - i);
  }
}

/**
 * d = sign·g + decay·p; m = beta1·m + rest1·d; v = beta2·v + rest2·d²; w = v, or max(largest, v) if `largest` is not 0;
 * p = shrink·p − stepSize·m / (√w / rootCorrection + eps).
 */
export function adam(
  from: i32, to: i32, p: usize, g: usize, m: usize, v: usize, largest: usize,
  stepSize: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, rootCorrection: f32, eps: f32, decay: f32, shrink: f32, sign: f32,
): void {
  const decayed = maskUnlessZero(decay);
  for (let i = from; i < to; i += 4) {
    const at = <usize>i << 2;
    const x = v128.load(p + at);
    const d = f32x4.add(f32x4.mul(f32x4.splat(sign), v128.load(g + at)), f32x4.mul(f32x4.splat(decay), v128.and(decayed, x)));
    const mean = f32x4.add(f32x4.mul(f32x4.splat(beta1), v128.load(m + at)), f32x4.mul(f32x4.splat(rest1), d));
    const square = f32x4.add(f32x4.mul(f32x4.splat(beta2), v128.load(v + at)), f32x4.mul(f32x4.mul(f32x4.splat(rest2), d), d));
    let root = square;
    if (largest) {
      root = f32x4.max(v128.load(largest + at), square);
      write(largest + at, root, to - i);
    }
    const divisor = f32x4.add(f32x4.div(f32x4.sqrt(root), f32x4.splat(rootCorrection)), f32x4.splat(eps));
    const change = f32x4.div(f32x4.mul(f32x4.splat(stepSize), mean), divisor);
    write(m + at, mean, to - i);
    write(v + at, square, to - i);
    write(p + at, f32x4.sub(f32x4.mul(f32x4.splat(shrink), x), change), to - i);
  }
}

/** All bits, or none if the factor is 0. */
@inline
function maskUnlessZero(factor: f32): v128 {
  return i32x4.splat(factor == 0 ? 0 : -1);
}

@inline
function write(at: usize, value: v128, left: i32): void {
  if (left >= 4) v128.store(at, value);
  else storePart(at, value, left);
}
