// The inner loops of convolution: sums over the taps of a kernel that lie at tabled offsets from each position.
import { madd, sumRows } from "./lanes";

/** Bytes that `accumulateFour` keeps sums in. */
export const ACCUMULATE_SPARE: i32 = 256;

/**
 * Four planes of sums: y[lane][p] = start[lane] + Σ_u w[u][lane] · x[p + offset[u]] for `count` positions p, eight at a
 * time; up to seven more are written. Offsets and `yPlane`, the distance of planes, are in bytes.
 */
export function correlateFour(
  x: usize, offsets: usize, taps: i32, weights: usize, start: usize, y: usize, yPlane: usize, count: i32,
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
        w += 16;
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
      w += 16;
    }
    let to = y;
    v128.store(to, c00);
    v128.store(to, c01, 16);
    to += yPlane;
    v128.store(to, c10);
    v128.store(to, c11, 16);
    to += yPlane;
    v128.store(to, c20);
    v128.store(to, c21, 16);
    to += yPlane;
    v128.store(to, c30);
    v128.store(to, c31, 16);
    x += 32;
    y += 32;
  }
}

/**
 * As `correlateFour`, for eight planes: the weights of the second four lie `weightStep` bytes from those of the first. Where few
 * positions follow each other, these are the sums that hide their latency.
 */
export function correlateEight(
  x: usize, offsets: usize, taps: i32, weights: usize, weightStep: usize, start: usize, y: usize, yPlane: usize, count: i32,
): void {
  const end = offsets + (<usize>taps << 2);
  for (; count > 0; count -= 8) {
    let c00 = v128.load32_splat(start), c01 = c00;
    let c10 = v128.load32_splat(start, 4), c11 = c10;
    let c20 = v128.load32_splat(start, 8), c21 = c20;
    let c30 = v128.load32_splat(start, 12), c31 = c30;
    let c40 = v128.load32_splat(start, 16), c41 = c40;
    let c50 = v128.load32_splat(start, 20), c51 = c50;
    let c60 = v128.load32_splat(start, 24), c61 = c60;
    let c70 = v128.load32_splat(start, 28), c71 = c70;
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
      a = v128.load32_splat(w + weightStep);
      c40 = madd(a, x0, c40);
      c41 = madd(a, x1, c41);
      a = v128.load32_splat(w + weightStep, 4);
      c50 = madd(a, x0, c50);
      c51 = madd(a, x1, c51);
      a = v128.load32_splat(w + weightStep, 8);
      c60 = madd(a, x0, c60);
      c61 = madd(a, x1, c61);
      a = v128.load32_splat(w + weightStep, 12);
      c70 = madd(a, x0, c70);
      c71 = madd(a, x1, c71);
      w += 16;
    }
    let to = y;
    v128.store(to, c00);
    v128.store(to, c01, 16);
    to += yPlane;
    v128.store(to, c10);
    v128.store(to, c11, 16);
    to += yPlane;
    v128.store(to, c20);
    v128.store(to, c21, 16);
    to += yPlane;
    v128.store(to, c30);
    v128.store(to, c31, 16);
    to += yPlane;
    v128.store(to, c40);
    v128.store(to, c41, 16);
    to += yPlane;
    v128.store(to, c50);
    v128.store(to, c51, 16);
    to += yPlane;
    v128.store(to, c60);
    v128.store(to, c61, 16);
    to += yPlane;
    v128.store(to, c70);
    v128.store(to, c71, 16);
    x += 32;
    y += 32;
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

@inline
function storeFour(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/**
 * sums[u][lane] += Σ_p g[lane][p] · x[p + offset[u]] for two taps u and four planes of g, over `count` positions, a
 * multiple of four. `spare` is room for `ACCUMULATE_SPARE` bytes.
 */
export function accumulateFour(
  g: usize, gPlane: usize, x: usize, offsets: usize, sums: usize, count: i32, spare: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const second = <usize>load<u32>(offsets, 4) - <usize>load<u32>(offsets);
  let at = x + load<u32>(offsets);
  const end = g + (<usize>count << 2);
  const gPlane2 = gPlane * 2;
  const gPlane3 = gPlane * 3;
  if (WIDE && count >= 8) {
    let d00 = c00, d01 = c00, d10 = c00, d11 = c00, d20 = c00, d21 = c00, d30 = c00, d31 = c00;
    for (const last = end - 16; g < last; g += 32) {
      const to = at + second;
      const x0 = v128.load(at), y0 = v128.load(at, 16);
      const x1 = v128.load(to), y1 = v128.load(to, 16);
      let a = v128.load(g), b = v128.load(g, 16);
      c00 = madd(a, x0, c00);
      d00 = madd(b, y0, d00);
      c01 = madd(a, x1, c01);
      d01 = madd(b, y1, d01);
      a = v128.load(g + gPlane);
      b = v128.load(g + gPlane, 16);
      c10 = madd(a, x0, c10);
      d10 = madd(b, y0, d10);
      c11 = madd(a, x1, c11);
      d11 = madd(b, y1, d11);
      a = v128.load(g + gPlane2);
      b = v128.load(g + gPlane2, 16);
      c20 = madd(a, x0, c20);
      d20 = madd(b, y0, d20);
      c21 = madd(a, x1, c21);
      d21 = madd(b, y1, d21);
      a = v128.load(g + gPlane3);
      b = v128.load(g + gPlane3, 16);
      c30 = madd(a, x0, c30);
      d30 = madd(b, y0, d30);
      c31 = madd(a, x1, c31);
      d31 = madd(b, y1, d31);
      at += 32;
    }
    // Engines pair what is stored side by side.
    v128.store(spare, c00, 0);
    v128.store(spare, d00, 16);
    v128.store(spare, c01, 32);
    v128.store(spare, d01, 48);
    v128.store(spare, c10, 64);
    v128.store(spare, d10, 80);
    v128.store(spare, c11, 96);
    v128.store(spare, d11, 112);
    v128.store(spare, c20, 128);
    v128.store(spare, d20, 144);
    v128.store(spare, c21, 160);
    v128.store(spare, d21, 176);
    v128.store(spare, c30, 192);
    v128.store(spare, d30, 208);
    v128.store(spare, c31, 224);
    v128.store(spare, d31, 240);
    c00 = f32x4.add(v128.load(spare, 0), v128.load(spare, 16));
    c01 = f32x4.add(v128.load(spare, 32), v128.load(spare, 48));
    c10 = f32x4.add(v128.load(spare, 64), v128.load(spare, 80));
    c11 = f32x4.add(v128.load(spare, 96), v128.load(spare, 112));
    c20 = f32x4.add(v128.load(spare, 128), v128.load(spare, 144));
    c21 = f32x4.add(v128.load(spare, 160), v128.load(spare, 176));
    c30 = f32x4.add(v128.load(spare, 192), v128.load(spare, 208));
    c31 = f32x4.add(v128.load(spare, 224), v128.load(spare, 240));
  }
  for (; g < end; g += 16) {
    const x0 = v128.load(at);
    const x1 = v128.load(at + second);
    let a = v128.load(g);
    c00 = madd(a, x0, c00);
    c01 = madd(a, x1, c01);
    a = v128.load(g + gPlane);
    c10 = madd(a, x0, c10);
    c11 = madd(a, x1, c11);
    a = v128.load(g + gPlane2);
    c20 = madd(a, x0, c20);
    c21 = madd(a, x1, c21);
    a = v128.load(g + gPlane3);
    c30 = madd(a, x0, c30);
    c31 = madd(a, x1, c31);
    at += 16;
  }
  v128.store(sums, f32x4.add(v128.load(sums), sumRows(c00, c10, c20, c30)));
  v128.store(sums, f32x4.add(v128.load(sums, 16), sumRows(c01, c11, c21, c31)), 16);
}

/** sums[u] += Σ_p g[p] · x[p + offset[u]] for four taps u. */
export function accumulateOne(g: usize, x: usize, offsets: usize, sums: usize, count: i32): void {
  let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
  let x0 = x + load<u32>(offsets);
  let x1 = x + load<u32>(offsets, 4);
  let x2 = x + load<u32>(offsets, 8);
  let x3 = x + load<u32>(offsets, 12);
  const end = g + (<usize>count << 2);
  for (; g < end; g += 16) {
    const a = v128.load(g);
    c0 = madd(a, v128.load(x0), c0);
    c1 = madd(a, v128.load(x1), c1);
    c2 = madd(a, v128.load(x2), c2);
    c3 = madd(a, v128.load(x3), c3);
    x0 += 16;
    x1 += 16;
    x2 += 16;
    x3 += 16;
  }
  v128.store(sums, f32x4.add(v128.load(sums), sumRows(c0, c1, c2, c3)));
}
