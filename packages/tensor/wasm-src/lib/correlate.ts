// The inner loops of convolution: sums over the taps of a kernel that lie at tabled offsets from each position.
import { madd, sumRows } from "./lanes";

/**
 * Four planes of sums: y[lane][p] = start[lane] + Σ_u w[u][lane] · x[p + offset[u]] for `count` positions p, eight at a
 * time; up to seven more are written. Offsets and `yPlane`, the distance of planes, are in bytes.
 */
export function correlateFour(
  x: usize, offsets: usize, taps: i32, weights: usize, start: usize, y: usize, yPlane: usize, count: i32,
): void {
  const end = offsets + (<usize>taps << 2);
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

/** One plane of sums, sixteen positions at a time; up to fifteen more are written. */
export function correlateOne(x: usize, offsets: usize, taps: i32, weights: usize, start: usize, y: usize, count: i32): void {
  const end = offsets + (<usize>taps << 2);
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
    v128.store(y, c0);
    v128.store(y, c1, 16);
    v128.store(y, c2, 32);
    v128.store(y, c3, 48);
    x += 64;
    y += 64;
  }
}

/**
 * sums[u][lane] += Σ_p g[lane][p] · x[p + offset[u]] for two taps u and four planes of g, over `count` positions, a
 * multiple of four.
 */
export function accumulateFour(g: usize, gPlane: usize, x: usize, offsets: usize, sums: usize, count: i32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const second = <usize>load<u32>(offsets, 4) - <usize>load<u32>(offsets);
  let at = x + load<u32>(offsets);
  const end = g + (<usize>count << 2);
  const gPlane2 = gPlane * 2;
  const gPlane3 = gPlane * 3;
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
