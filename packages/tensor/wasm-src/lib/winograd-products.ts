// The matrix products of Winograd convolution: for each element ξ of a tile, over channels or over tiles.
import { madd } from "./lanes";

/**
 * m[lane][quad] = Σ_c u[c][lane] · v[c][quad] for four lanes and two quads: channels of v lie `rowBytes` apart, lanes of m
 * `laneBytes`.
 */
@inline
export function multiplyQuads(v: usize, rowBytes: usize, u: usize, channels: i32, m: usize, laneBytes: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const end = u + (<usize>channels << 4);
  for (; u < end; u += 16) {
    const x0 = v128.load(v);
    const x1 = v128.load(v, 16);
    let a = v128.load32_splat(u);
    c00 = madd(a, x0, c00);
    c01 = madd(a, x1, c01);
    a = v128.load32_splat(u, 4);
    c10 = madd(a, x0, c10);
    c11 = madd(a, x1, c11);
    a = v128.load32_splat(u, 8);
    c20 = madd(a, x0, c20);
    c21 = madd(a, x1, c21);
    a = v128.load32_splat(u, 12);
    c30 = madd(a, x0, c30);
    c31 = madd(a, x1, c31);
    v += rowBytes;
  }
  v128.store(m, c00);
  v128.store(m, c01, 16);
  m += laneBytes;
  v128.store(m, c10);
  v128.store(m, c11, 16);
  m += laneBytes;
  v128.store(m, c20);
  v128.store(m, c21, 16);
  m += laneBytes;
  v128.store(m, c30);
  v128.store(m, c31, 16);
}

/** sums[row][lane] += Σ_t v[row][t] · p[t][lane] for four rows, `rowBytes` apart in v, eight lanes and `count` tiles t. */
@inline
export function addProducts(v: usize, rowBytes: usize, p: usize, count: i32, sums: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const rows2 = rowBytes * 2;
  const rows3 = rowBytes * 3;
  const end = p + (<usize>count << 5);
  for (; p < end; p += 32) {
    const x0 = v128.load(p);
    const x1 = v128.load(p, 16);
    let a = v128.load32_splat(v);
    c00 = madd(a, x0, c00);
    c01 = madd(a, x1, c01);
    a = v128.load32_splat(v + rowBytes);
    c10 = madd(a, x0, c10);
    c11 = madd(a, x1, c11);
    a = v128.load32_splat(v + rows2);
    c20 = madd(a, x0, c20);
    c21 = madd(a, x1, c21);
    a = v128.load32_splat(v + rows3);
    c30 = madd(a, x0, c30);
    c31 = madd(a, x1, c31);
    v += 4;
  }
  v128.store(sums, f32x4.add(v128.load(sums), c00));
  v128.store(sums, f32x4.add(v128.load(sums, 16), c01), 16);
  v128.store(sums, f32x4.add(v128.load(sums, 32), c10), 32);
  v128.store(sums, f32x4.add(v128.load(sums, 48), c11), 48);
  v128.store(sums, f32x4.add(v128.load(sums, 64), c20), 64);
  v128.store(sums, f32x4.add(v128.load(sums, 80), c21), 80);
  v128.store(sums, f32x4.add(v128.load(sums, 96), c30), 96);
  v128.store(sums, f32x4.add(v128.load(sums, 112), c31), 112);
}
