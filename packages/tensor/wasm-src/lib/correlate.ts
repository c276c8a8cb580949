// The inner loops of convolution and of its input gradient: sums over the taps of a kernel that lie at tabled offsets from each
// position.
import { madd, storeFour, storePair, turnFour } from "./lanes";

/** Bytes that sums are kept in on their way to where they belong. */
export const SPARE_BYTES: i32 = 256;

/**
 * Four planes of sums: y[lane][p] = start[lane] + Σ_u w[u][lane] · x[p + offset[u]] for `count` positions p, eight at a
 * time; up to seven more are written. Offsets, `weightStep` between taps, and `yPlane`, the distance of planes, are in bytes.
 */
export function correlateFour(
  x: usize, offsets: usize, taps: i32, weights: usize, weightStep: usize, start: usize, y: usize, yPlane: usize, count: i32,
): void {
  const end = offsets + (<usize>taps << 2);
  if (WIDE) {
    // Sums of 256 bits: as many as hide their latency.
    for (; count > 8; count -= 16) {
      let c00 = v128.load32_splat(start), c10 = v128.load32_splat(start, 4), c20 = v128.load32_splat(start, 8), c30 = v128.load32_splat(start, 12);
      let c01 = c00, c02 = c00, c03 = c00, c11 = c10, c12 = c10, c13 = c10, c21 = c20, c22 = c20, c23 = c20, c31 = c30, c32 = c30, c33 = c30;
      let w = weights;
      for (let tap = offsets; tap < end; tap += 4) {
        const at = x + load<u32>(tap);
        const x0 = v128.load(at), x1 = v128.load(at, 16), x2 = v128.load(at, 32), x3 = v128.load(at, 48);
        let a = v128.load32_splat(w);
        c00 = madd(a, x0, c00);
        c01 = madd(a, x1, c01);
        c02 = madd(a, x2, c02);
        c03 = madd(a, x3, c03);
        a = v128.load32_splat(w, 4);
        c10 = madd(a, x0, c10);
        c11 = madd(a, x1, c11);
        c12 = madd(a, x2, c12);
        c13 = madd(a, x3, c13);
        a = v128.load32_splat(w, 8);
        c20 = madd(a, x0, c20);
        c21 = madd(a, x1, c21);
        c22 = madd(a, x2, c22);
        c23 = madd(a, x3, c23);
        a = v128.load32_splat(w, 12);
        c30 = madd(a, x0, c30);
        c31 = madd(a, x1, c31);
        c32 = madd(a, x2, c32);
        c33 = madd(a, x3, c33);
        w += weightStep;
      }
      let to = y;
      storeFour(to, c00, c01, c02, c03);
      to += yPlane;
      storeFour(to, c10, c11, c12, c13);
      to += yPlane;
      storeFour(to, c20, c21, c22, c23);
      to += yPlane;
      storeFour(to, c30, c31, c32, c33);
      x += 64;
      y += 64;
    }
  }
  for (; count > 0; count -= 8) {
    let c00 = v128.load32_splat(start), c10 = v128.load32_splat(start, 4), c20 = v128.load32_splat(start, 8), c30 = v128.load32_splat(start, 12);
    let c01 = c00, c11 = c10, c21 = c20, c31 = c30;
    let w = weights;
    for (let tap = offsets; tap < end; tap += 4) {
      const at = x + load<u32>(tap);
      const x0 = v128.load(at);
      const x1 = v128.load(at, 16);
      let a = v128.load32_splat(w);
      c00 = madd(a, x0, c00);
      c01 = madd(a, x1, c01);
      a = v128.load32_splat(w, 4);
      c10 = madd(a, x0, c10);
      c11 = madd(a, x1, c11);
      a = v128.load32_splat(w, 8);
      c20 = madd(a, x0, c20);
      c21 = madd(a, x1, c21);
      a = v128.load32_splat(w, 12);
      c30 = madd(a, x0, c30);
      c31 = madd(a, x1, c31);
      w += weightStep;
    }
    let to = y;
    storePair(to, c00, c01);
    to += yPlane;
    storePair(to, c10, c11);
    to += yPlane;
    storePair(to, c20, c21);
    to += yPlane;
    storePair(to, c30, c31);
    x += 32;
    y += 32;
  }
}

/**
 * Sixteen planes of sums, for four positions at a time; up to three more are written. Lanes are planes here, for the weights of a
 * tap lie side by side whatever the positions do; at the end they are turned around, by way of `SPARE_BYTES` bytes at `spare`.
 */
export function correlateSixteen(
  x: usize, offsets: usize, taps: i32, weights: usize, start: usize, y: usize, yPlane: usize, count: i32, spare: usize,
): void {
  const end = offsets + (<usize>taps << 2);
  for (; count > 0; count -= 4) {
    let c00 = v128.load(start), c01 = v128.load(start, 16), c02 = v128.load(start, 32), c03 = v128.load(start, 48);
    let c10 = c00, c11 = c01, c12 = c02, c13 = c03, c20 = c00, c21 = c01, c22 = c02, c23 = c03, c30 = c00, c31 = c01, c32 = c02, c33 = c03;
    let w = weights;
    for (let tap = offsets; tap < end; tap += 4) {
      const at = x + load<u32>(tap);
      const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
      let a = v128.load32_splat(at);
      c00 = madd(a, w0, c00);
      c01 = madd(a, w1, c01);
      c02 = madd(a, w2, c02);
      c03 = madd(a, w3, c03);
      a = v128.load32_splat(at, 4);
      c10 = madd(a, w0, c10);
      c11 = madd(a, w1, c11);
      c12 = madd(a, w2, c12);
      c13 = madd(a, w3, c13);
      a = v128.load32_splat(at, 8);
      c20 = madd(a, w0, c20);
      c21 = madd(a, w1, c21);
      c22 = madd(a, w2, c22);
      c23 = madd(a, w3, c23);
      a = v128.load32_splat(at, 12);
      c30 = madd(a, w0, c30);
      c31 = madd(a, w1, c31);
      c32 = madd(a, w2, c32);
      c33 = madd(a, w3, c33);
      w += 64;
    }
    storeFour(spare, c00, c01, c02, c03);
    storeFour(spare + 64, c10, c11, c12, c13);
    storeFour(spare + 128, c20, c21, c22, c23);
    storeFour(spare + 192, c30, c31, c32, c33);
    for (let lane: usize = 0; lane < 16; lane += 4) turnFour(spare + (lane << 2), 64, y + lane * yPlane, yPlane);
    x += 16;
    y += 16;
  }
}

/** One plane of sums, sixteen positions at a time; up to fifteen more are written. */
export function correlateOne(x: usize, offsets: usize, taps: i32, weights: usize, start: usize, y: usize, count: i32): void {
  const end = offsets + (<usize>taps << 2);
  if (WIDE) {
    for (; count > 48; count -= 64) {
      let c0 = v128.load32_splat(start), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
      let d0 = c0, d1 = c0, d2 = c0, d3 = c0, d4 = c0, d5 = c0, d6 = c0, d7 = c0;
      let w = weights;
      for (let tap = offsets; tap < end; tap += 4) {
        const at = x + load<u32>(tap);
        const a = v128.load32_splat(w);
        c0 = madd(a, v128.load(at), c0);
        c1 = madd(a, v128.load(at, 16), c1);
        c2 = madd(a, v128.load(at, 32), c2);
        c3 = madd(a, v128.load(at, 48), c3);
        c4 = madd(a, v128.load(at, 64), c4);
        c5 = madd(a, v128.load(at, 80), c5);
        c6 = madd(a, v128.load(at, 96), c6);
        c7 = madd(a, v128.load(at, 112), c7);
        d0 = madd(a, v128.load(at, 128), d0);
        d1 = madd(a, v128.load(at, 144), d1);
        d2 = madd(a, v128.load(at, 160), d2);
        d3 = madd(a, v128.load(at, 176), d3);
        d4 = madd(a, v128.load(at, 192), d4);
        d5 = madd(a, v128.load(at, 208), d5);
        d6 = madd(a, v128.load(at, 224), d6);
        d7 = madd(a, v128.load(at, 240), d7);
        w += 4;
      }
      storeFour(y, c0, c1, c2, c3);
      storeFour(y + 64, c4, c5, c6, c7);
      storeFour(y + 128, d0, d1, d2, d3);
      storeFour(y + 192, d4, d5, d6, d7);
      x += 256;
      y += 256;
    }
  }
  for (; count > 0; count -= 16) {
    let c0 = v128.load32_splat(start), c1 = c0, c2 = c0, c3 = c0;
    let w = weights;
    for (let tap = offsets; tap < end; tap += 4) {
      const at = x + load<u32>(tap);
      const a = v128.load32_splat(w);
      c0 = madd(a, v128.load(at), c0);
      c1 = madd(a, v128.load(at, 16), c1);
      c2 = madd(a, v128.load(at, 32), c2);
      c3 = madd(a, v128.load(at, 48), c3);
      w += 4;
    }
    storeFour(y, c0, c1, c2, c3);
    x += 64;
    y += 64;
  }
}
