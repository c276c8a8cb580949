// Kernels of 3 × 3 to Winograd's elements, U = G·g·Gᵀ, and their gradient back.
import { storeApart } from "./lanes";
import { storeKernel, tap0, tap1, tap2 } from "./winograd-lines";
import { threadScratch } from "./thread";

/** Bytes of a kernel. */
const KERNEL_BYTES: usize = 36;
/** Bytes of scratch between two transforms: 18 vectors. */
export const KERNEL_SCRATCH: i32 = 288;

/**
 * U[block][ξ][channel][lane] of blocks `from` to `to` of four channels of the result, planes of ξ `planeBytes` apart. The
 * kernel of lane and channel lies at `lane·laneStep + channel·channelStep`; `turned`, it is read from its last tap to its
 * first. Lanes past the last channel repeat it.
 */
export function transformKernels(
  from: i32, to: i32, weights: usize, lanes: i32, laneStep: usize, channels: i32, channelStep: usize, turned: i32, u: usize,
  planeBytes: usize, scratch: usize,
): void {
  const spare = threadScratch(scratch, KERNEL_SCRATCH);
  const tap = <usize>(turned ? -4 : 4);
  const last = lanes - 1;
  u += <usize>from * (planeBytes * 36);
  for (let block = from; block < to; block++) {
    const lane = block * 4;
    let a = weights + <usize>lane * laneStep + (turned ? 32 : 0);
    const toB = <usize>(min(lane + 1, last) - lane) * laneStep;
    const toC = <usize>(min(lane + 2, last) - lane) * laneStep;
    const toD = <usize>(min(lane + 3, last) - lane) * laneStep;
    for (let channel = 0; channel < channels; channel++) {
      for (let column: usize = 0; column < 3; column++) {
        const at = a + column * tap;
        storeKernel(
          spare + (column << 4), 48, gather(at, toB, toC, toD), gather(at + tap * 3, toB, toC, toD),
          gather(at + tap * 6, toB, toC, toD),
        );
      }
      let out = u + (<usize>channel << 4);
      for (let row = spare; row < spare + KERNEL_SCRATCH; row += 48) {
        storeKernel(out, planeBytes, v128.load(row), v128.load(row, 16), v128.load(row, 32));
        out += planeBytes * 6;
      }
      a += channelStep;
    }
    u += planeBytes * 36;
  }
}

/** A tap of four kernels. */
@inline
function gather(a: usize, toB: usize, toC: usize, toD: usize): v128 {
  return v128.load32_lane(a + toD, v128.load32_lane(a + toC, v128.load32_lane(a + toB, v128.load32_zero(a), 1), 2), 3);
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
 * planes of ξ `planeBytes` apart.
 */
export function finishKernels(
  from: i32, to: i32, s: usize, planeBytes: usize, channels: i32, lanes: i32, dweight: usize, scratch: usize,
): void {
  const spare = threadScratch(scratch, KERNEL_SCRATCH);
  const laneStep = <usize>channels * KERNEL_BYTES;
  for (let unit = from; unit < to; unit++) {
    const block = unit / channels;
    const channel = unit - block * channels;
    const end = min(lanes, block * 8 + 8);
    let at = s + <usize>block * (planeBytes * 36) + (<usize>channel << 5);
    for (let lane = block * 8; lane < end; lane += 4) {
      finishFour(at, planeBytes, dweight + <usize>lane * laneStep + <usize>channel * KERNEL_BYTES, laneStep, min(4, end - lane), spare);
      at += 16;
    }
  }
}

@inline
function finishFour(s: usize, planeBytes: usize, out: usize, laneStep: usize, lanes: i32, spare: usize): void {
  const row = planeBytes * 6;
  for (let to = spare; to < spare + 96; to += 16) {
    const s1 = v128.load(s + row), s2 = v128.load(s + row * 2), s3 = v128.load(s + row * 3), s4 = v128.load(s + row * 4);
    const sum12 = f32x4.add(s1, s2), sum34 = f32x4.add(s3, s4);
    v128.store(to, tap0(v128.load(s), sum12, sum34));
    v128.store(to, tap1(f32x4.sub(s1, s2), f32x4.sub(s3, s4)), 96);
    v128.store(to, tap2(sum12, sum34, v128.load(s + row * 5)), 192);
    s += planeBytes;
  }
  for (let at = spare; at < spare + KERNEL_SCRATCH; at += 96) {
    const s1 = v128.load(at, 16), s2 = v128.load(at, 32), s3 = v128.load(at, 48), s4 = v128.load(at, 64);
    const sum12 = f32x4.add(s1, s2), sum34 = f32x4.add(s3, s4);
    storeApart(out, laneStep, tap0(v128.load(at), sum12, sum34), lanes);
    storeApart(out + 4, laneStep, tap1(f32x4.sub(s1, s2), f32x4.sub(s3, s4)), lanes);
    storeApart(out + 8, laneStep, tap2(sum12, sum34, v128.load(at, 80)), lanes);
    out += 12;
  }
}
