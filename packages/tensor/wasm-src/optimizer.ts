// One step of an optimizer over elements [from, to) of a parameter p with gradient g, in place. Without decay, what stands in
// p, even NaN, does not reach the gradient. Two vectors at once, which engines can pair: see docs/architecture.md. The values
// of the second may lie past the end, where nothing is written.
import { storePart } from "./lib/lanes";

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
    write(p + at, f32x4.sub(x, f32x4.mul(rate, change)), f32x4.sub(y, f32x4.mul(rate, change2)), to - i);
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
    write(m + at, u, v, to - i);
    write(p + at, f32x4.sub(x, f32x4.mul(rate, change)), f32x4.sub(y, f32x4.mul(rate, change2)), to - i);
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
      write(largest + at, root, root2, to - i);
    }
    const divisor = f32x4.add(f32x4.div(f32x4.sqrt(root), correction), epsilon);
    const divisor2 = f32x4.add(f32x4.div(f32x4.sqrt(root2), correction), epsilon);
    write(m + at, mean, mean2, to - i);
    write(v + at, square, square2, to - i);
    write(
      p + at, f32x4.sub(f32x4.mul(left, x), f32x4.div(f32x4.mul(size, mean), divisor)),
      f32x4.sub(f32x4.mul(left, y), f32x4.div(f32x4.mul(size, mean2), divisor2)), to - i,
    );
  }
}

/** All bits, or none if the factor is 0. */
@inline
function maskUnlessZero(factor: f32): v128 {
  return i32x4.splat(factor == 0 ? 0 : -1);
}

/** Writes two vectors, or what of them is left. */
@inline
function write(at: usize, a: v128, b: v128, left: i32): void {
  if (left >= 8) {
    v128.store(at, a);
    v128.store(at, b, 16);
  } else {
    writePart(at, a, left);
    if (left > 4) writePart(at + 16, b, left - 4);
  }
}

function writePart(at: usize, value: v128, left: i32): void {
  if (left >= 4) v128.store(at, value);
  else storePart(at, value, left);
}
