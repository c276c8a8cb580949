// Kernels of 3 × 3 to Winograd's elements, U = G·g·Gᵀ, and their gradient back, with G = [1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1].

/** Bytes of a kernel. */
const KERNEL_BYTES: usize = 36;

/**
 * U[block][ξ][channel][lane] of blocks `from` to `to` of four channels of the result, planes of ξ `planeBytes` apart. The
 * kernel of lane and channel lies at `lane·laneStep + channel·channelStep`; `turned`, it is read from its last tap to its
 * first. Lanes past the last channel repeat it.
 */
export function transformKernels(
  from: i32, to: i32, weights: usize, lanes: i32, laneStep: usize, channels: i32, channelStep: usize, turned: i32, u: usize,
  planeBytes: usize,
): void {
  u += <usize>from * (planeBytes << 4);
  const last = lanes - 1;
  for (let block = from; block < to; block++) {
    const lane = block * 4;
    const w0 = weights + <usize>lane * laneStep;
    const w1 = weights + <usize>min(lane + 1, last) * laneStep;
    const w2 = weights + <usize>min(lane + 2, last) * laneStep;
    const w3 = weights + <usize>min(lane + 3, last) * laneStep;
    let channelAt: usize = turned ? 32 : 0;
    const tap = <usize>(turned ? -4 : 4);
    let out = u;
    for (let channel = 0; channel < channels; channel++) {
      let at = channelAt;
      const g00 = gather(w0 + at, w1 + at, w2 + at, w3 + at);
      at += tap;
      const g01 = gather(w0 + at, w1 + at, w2 + at, w3 + at);
      at += tap;
      const g02 = gather(w0 + at, w1 + at, w2 + at, w3 + at);
      at += tap;
      const g10 = gather(w0 + at, w1 + at, w2 + at, w3 + at);
      at += tap;
      const g11 = gather(w0 + at, w1 + at, w2 + at, w3 + at);
      at += tap;
      const g12 = gather(w0 + at, w1 + at, w2 + at, w3 + at);
      at += tap;
      const g20 = gather(w0 + at, w1 + at, w2 + at, w3 + at);
      at += tap;
      const g21 = gather(w0 + at, w1 + at, w2 + at, w3 + at);
      at += tap;
      const g22 = gather(w0 + at, w1 + at, w2 + at, w3 + at);
      const half = f32x4.splat(0.5);
      const s0 = f32x4.mul(f32x4.add(g00, g20), half);
      const s1 = f32x4.mul(f32x4.add(g01, g21), half);
      const s2 = f32x4.mul(f32x4.add(g02, g22), half);
      const h0 = f32x4.mul(g10, half);
      const h1 = f32x4.mul(g11, half);
      const h2 = f32x4.mul(g12, half);
      storeKernelRow(out, planeBytes, g00, g01, g02);
      storeKernelRow(out + planeBytes * 4, planeBytes, f32x4.add(s0, h0), f32x4.add(s1, h1), f32x4.add(s2, h2));
      storeKernelRow(out + planeBytes * 8, planeBytes, f32x4.sub(s0, h0), f32x4.sub(s1, h1), f32x4.sub(s2, h2));
      storeKernelRow(out + planeBytes * 12, planeBytes, g20, g21, g22);
      channelAt += channelStep;
      out += 16;
    }
    u += planeBytes << 4;
  }
}

@inline
function gather(a: usize, b: usize, c: usize, d: usize): v128 {
  return v128.load32_lane(d, v128.load32_lane(c, v128.load32_lane(b, v128.load32_zero(a), 1), 2), 3);
}

/** A row of t·Gᵀ. */
@inline
function storeKernelRow(out: usize, planeBytes: usize, t0: v128, t1: v128, t2: v128): void {
  const half = f32x4.splat(0.5);
  const sum = f32x4.mul(f32x4.add(t0, t2), half);
  const middle = f32x4.mul(t1, half);
  v128.store(out, t0);
  v128.store(out + planeBytes, f32x4.add(sum, middle));
  v128.store(out + planeBytes * 2, f32x4.sub(sum, middle));
  v128.store(out + planeBytes * 3, t2);
}

/**
 * Adds up vectors `from` to `to` of partial sums that lie `partialBytes` apart, in order, in the place of the first.
 */
export function addPartials(from: i32, to: i32, sums: usize, partials: i32, partialBytes: usize): void {
  const end = sums + (<usize>to << 4);
  for (let at = sums + (<usize>from << 4); at < end; at += 16) {
    let sum = v128.load(at);
    let next = at;
    for (let partial = 1; partial < partials; partial++) {
      next += partialBytes;
      sum = f32x4.add(sum, v128.load(next));
    }
    v128.store(at, sum);
  }
}

/**
 * dg = Gᵀ·s·G for kernels `from` to `to`, counted over channels and blocks of eight lanes: s[block][ξ][channel][lane],
 * planes of ξ `planeBytes` apart, lacks the signs of A's last row, which come in here.
 */
export function finishKernels(
  from: i32, to: i32, s: usize, planeBytes: usize, channels: i32, lanes: i32, dweight: usize,
): void {
  const laneStep = <usize>channels * KERNEL_BYTES;
  for (let unit = from; unit < to; unit++) {
    const block = unit / channels;
    const channel = unit - block * channels;
    const end = min(lanes, block * 8 + 8);
    let at = s + <usize>block * (planeBytes << 4) + (<usize>channel << 5);
    for (let lane = block * 8; lane < end; lane += 4) {
      finishFour(at, planeBytes, dweight + <usize>lane * laneStep + <usize>channel * KERNEL_BYTES, laneStep, min(4, end - lane));
      at += 16;
    }
  }
}

@inline
function finishFour(s: usize, planeBytes: usize, out: usize, laneStep: usize, lanes: i32): void {
  const row = planeBytes * 4;
  const a0 = v128.load(s), b0 = v128.load(s + row), c0 = v128.load(s + row * 2), d0 = v128.load(s + row * 3);
  s += planeBytes;
  const a1 = v128.load(s), b1 = v128.load(s + row), c1 = v128.load(s + row * 2), d1 = v128.load(s + row * 3);
  s += planeBytes;
  const a2 = v128.load(s), b2 = v128.load(s + row), c2 = v128.load(s + row * 2), d2 = v128.load(s + row * 3);
  s += planeBytes;
  const a3 = v128.load(s), b3 = v128.load(s + row), c3 = v128.load(s + row * 2), d3 = v128.load(s + row * 3);
  finishRow(out, laneStep, lanes, first(a0, b0, c0), first(a1, b1, c1), first(a2, b2, c2), first(a3, b3, c3));
  finishRow(out + 12, laneStep, lanes, middle(b0, c0), middle(b1, c1), middle(b2, c2), middle(b3, c3));
  finishRow(out + 24, laneStep, lanes, last(b0, c0, d0), last(b1, c1, d1), last(b2, c2, d2), last(b3, c3, d3));
}

/** A row of t·G. */
@inline
function finishRow(out: usize, laneStep: usize, lanes: i32, t0: v128, t1: v128, t2: v128, t3: v128): void {
  scatter(out, laneStep, lanes, first(t0, t1, t2));
  scatter(out + 4, laneStep, lanes, middle(t1, t2));
  scatter(out + 8, laneStep, lanes, last(t1, t2, t3));
}

@inline
function first(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(a, f32x4.mul(f32x4.add(b, c), f32x4.splat(0.5)));
}

@inline
function middle(b: v128, c: v128): v128 {
  return f32x4.mul(f32x4.sub(b, c), f32x4.splat(0.5));
}

@inline
function last(b: v128, c: v128, d: v128): v128 {
  return f32x4.sub(f32x4.mul(f32x4.add(b, c), f32x4.splat(0.5)), d);
}

/** Stores the first `lanes` lanes, `step` bytes apart. */
@inline
function scatter(to: usize, step: usize, lanes: i32, v: v128): void {
  store<f32>(to, f32x4.extract_lane(v, 0));
  if (lanes > 1) store<f32>(to + step, f32x4.extract_lane(v, 1));
  if (lanes > 2) store<f32>(to + step * 2, f32x4.extract_lane(v, 2));
  if (lanes > 3) store<f32>(to + step * 3, f32x4.extract_lane(v, 3));
}
