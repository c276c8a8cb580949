// The matrix products of Winograd convolution: for each element ξ of a tile, over channels or over tiles.
import { madd, storeFour, storePair } from "./lanes";

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
  storePair(m, c00, c01);
  m += laneBytes;
  storePair(m, c10, c11);
  m += laneBytes;
  storePair(m, c20, c21);
  m += laneBytes;
  storePair(m, c30, c31);
}

/** As `multiplyQuads`, for four quads: eight sums of 256 bits hide their latency. */
@inline
export function multiplyFourQuads(v: usize, rowBytes: usize, u: usize, channels: i32, m: usize, laneBytes: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c03 = c00, c10 = c00, c11 = c00, c12 = c00, c13 = c00;
  let c20 = c00, c21 = c00, c22 = c00, c23 = c00, c30 = c00, c31 = c00, c32 = c00, c33 = c00;
  const end = u + (<usize>channels << 4);
  for (; u < end; u += 16) {
    const x0 = v128.load(v), x1 = v128.load(v, 16), x2 = v128.load(v, 32), x3 = v128.load(v, 48);
    let a = v128.load32_splat(u);
    c00 = madd(a, x0, c00);
    c01 = madd(a, x1, c01);
    c02 = madd(a, x2, c02);
    c03 = madd(a, x3, c03);
    a = v128.load32_splat(u, 4);
    c10 = madd(a, x0, c10);
    c11 = madd(a, x1, c11);
    c12 = madd(a, x2, c12);
    c13 = madd(a, x3, c13);
    a = v128.load32_splat(u, 8);
    c20 = madd(a, x0, c20);
    c21 = madd(a, x1, c21);
    c22 = madd(a, x2, c22);
    c23 = madd(a, x3, c23);
    a = v128.load32_splat(u, 12);
    c30 = madd(a, x0, c30);
    c31 = madd(a, x1, c31);
    c32 = madd(a, x2, c32);
    c33 = madd(a, x3, c33);
    v += rowBytes;
  }
  storeFour(m, c00, c01, c02, c03);
  m += laneBytes;
  storeFour(m, c10, c11, c12, c13);
  m += laneBytes;
  storeFour(m, c20, c21, c22, c23);
  m += laneBytes;
  storeFour(m, c30, c31, c32, c33);
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
  addPair(sums, c00, c01);
  addPair(sums + 32, c10, c11);
  addPair(sums + 64, c20, c21);
  addPair(sums + 96, c30, c31);
}

/** Both sums are read before one is stored, or engines do not pair them. */
@inline
function addPair(to: usize, a: v128, b: v128): void {
  const sum0 = v128.load(to), sum1 = v128.load(to, 16);
  storePair(to, f32x4.add(sum0, a), f32x4.add(sum1, b));
}

/** As `addProducts`, for two panels of p, `panelBytes` apart, whose sums lie `blockBytes` apart. */
@inline
export function addTwoProducts(
  v: usize, rowBytes: usize, p: usize, panelBytes: usize, count: i32, sums: usize, blockBytes: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let d00 = c00, d01 = c00, d10 = c00, d11 = c00, d20 = c00, d21 = c00, d30 = c00, d31 = c00;
  const rows2 = rowBytes * 2;
  const rows3 = rowBytes * 3;
  const end = p + (<usize>count << 5);
  for (; p < end; p += 32) {
    const q = p + panelBytes;
    const x0 = v128.load(p), x1 = v128.load(p, 16), y0 = v128.load(q), y1 = v128.load(q, 16);
    let a = v128.load32_splat(v);
    c00 = madd(a, x0, c00);
    c01 = madd(a, x1, c01);
    d00 = madd(a, y0, d00);
    d01 = madd(a, y1, d01);
    a = v128.load32_splat(v + rowBytes);
    c10 = madd(a, x0, c10);
    c11 = madd(a, x1, c11);
    d10 = madd(a, y0, d10);
    d11 = madd(a, y1, d11);
    a = v128.load32_splat(v + rows2);
    c20 = madd(a, x0, c20);
    c21 = madd(a, x1, c21);
    d20 = madd(a, y0, d20);
    d21 = madd(a, y1, d21);
    a = v128.load32_splat(v + rows3);
    c30 = madd(a, x0, c30);
    c31 = madd(a, x1, c31);
    d30 = madd(a, y0, d30);
    d31 = madd(a, y1, d31);
    v += 4;
  }
  addPair(sums, c00, c01);
  addPair(sums + 32, c10, c11);
  addPair(sums + 64, c20, c21);
  addPair(sums + 96, c30, c31);
  sums += blockBytes;
  addPair(sums, d00, d01);
  addPair(sums + 32, d10, d11);
  addPair(sums + 64, d20, d21);
  addPair(sums + 96, d30, d31);
}
