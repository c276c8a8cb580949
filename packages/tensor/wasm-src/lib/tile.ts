// The sums that products of matrices, convolutions and their gradients keep in registers while they add products to them.
import { madd, storePair } from "./lanes";

/** What the offsets of a table, in bytes, are added to in each step, if there is one. */
export const enum Tabled {
  Nothing,
  Rows,
  Columns,
}

/** Where sums begin: at zero, at a number of their row, at those of their columns; or what they are added to in the end. */
export const enum Start {
  Zero,
  Rows,
  Columns,
  Added,
}

/**
 * to[row][column] = start + Σ a[row] · b[column] over steps, for four rows of one number each, or six if `tall`, and for two vectors of
 * columns, or four if `wide`. The rows' numbers are neighbours, or, if `far`, lie `row1` to `row3` bytes from the first one. The last two
 * vectors lie `apart` bytes further from the first two than neighbours would; all distances are in bytes. After a step, a is `aStep` and b `bStep` further on,
 * and the table by a number. Steps go on until the table, or else a, is at `end`. Rows of the results lie `toStep` apart, their last two
 * vectors `toApart` from the first two, and what lies at `from` likewise. One step an iteration: unrolled, engines spill. Calls keep to
 * these lines: the tile, a, b, the table and the end, the start, the results.
 */
@inline
export function sumTile(
  tall: bool, wide: bool,
  a: usize, aStep: usize, far: bool, row1: usize, row2: usize, row3: usize,
  b: usize, bStep: usize, apart: usize,
  tabled: Tabled, table: usize, end: usize,
  start: Start, from: usize, fromStep: usize, fromApart: usize,
  to: usize, toStep: usize, toApart: usize,
): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  if (start == Start.Rows)
    s0 = v128.load32_splat(from), s1 = v128.load32_splat(from, 4), s2 = v128.load32_splat(from, 8), s3 = v128.load32_splat(from, 12);
  if (start == Start.Columns)
    s0 = v128.load(from), s1 = v128.load(from, 16), s2 = v128.load(from, 32), s3 = v128.load(from, 48);
  const alike = start != Start.Columns;
  let c00 = s0, c01 = alike ? s0 : s1, c02 = alike ? s0 : s2, c03 = alike ? s0 : s3;
  let c10 = alike ? s1 : s0, c11 = s1, c12 = alike ? s1 : s2, c13 = alike ? s1 : s3;
  let c20 = alike ? s2 : s0, c21 = alike ? s2 : s1, c22 = s2, c23 = alike ? s2 : s3;
  let c30 = alike ? s3 : s0, c31 = alike ? s3 : s1, c32 = alike ? s3 : s2, c33 = s3;
  let c40 = s0, c41 = s0, c42 = s0, c43 = s0, c50 = s0, c51 = s0, c52 = s0, c53 = s0;
  while (tabled ? table < end : a < end) {
    const at = tabled == Tabled.Rows ? a + load<u32>(table) : a;
    const first = tabled == Tabled.Columns ? b + load<u32>(table) : b;
    const last = first + apart;
    const b0 = v128.load(first), b1 = v128.load(first, 16);
    const b2 = wide ? v128.load(last, 32) : b0, b3 = wide ? v128.load(last, 48) : b0;
    let x = v128.load32_splat(at);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    if (wide) c02 = madd(x, b2, c02);
    if (wide) c03 = madd(x, b3, c03);
    x = far ? v128.load32_splat(at + row1) : v128.load32_splat(at, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    if (wide) c12 = madd(x, b2, c12);
    if (wide) c13 = madd(x, b3, c13);
    x = far ? v128.load32_splat(at + row2) : v128.load32_splat(at, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    if (wide) c22 = madd(x, b2, c22);
    if (wide) c23 = madd(x, b3, c23);
    x = far ? v128.load32_splat(at + row3) : v128.load32_splat(at, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    if (wide) c32 = madd(x, b2, c32);
    if (wide) c33 = madd(x, b3, c33);
    if (tall) {
      x = v128.load32_splat(at, 16);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      c42 = madd(x, b2, c42);
      c43 = madd(x, b3, c43);
      x = v128.load32_splat(at, 20);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
      c52 = madd(x, b2, c52);
      c53 = madd(x, b3, c53);
    }
    b += bStep;
    a += aStep;
    if (tabled) table += 4;
  }
  writeSums(start, wide, from, fromApart, to, toApart, c00, c01, c02, c03);
  from += fromStep;
  to += toStep;
  writeSums(start, wide, from, fromApart, to, toApart, c10, c11, c12, c13);
  from += fromStep;
  to += toStep;
  writeSums(start, wide, from, fromApart, to, toApart, c20, c21, c22, c23);
  from += fromStep;
  to += toStep;
  writeSums(start, wide, from, fromApart, to, toApart, c30, c31, c32, c33);
  if (!tall) return;
  from += fromStep;
  to += toStep;
  writeSums(start, wide, from, fromApart, to, toApart, c40, c41, c42, c43);
  from += fromStep;
  to += toStep;
  writeSums(start, wide, from, fromApart, to, toApart, c50, c51, c52, c53);
}

@inline
function writeSums(
  start: Start, wide: bool, from: usize, fromApart: usize, to: usize, toApart: usize, c0: v128, c1: v128, c2: v128, c3: v128,
): void {
  writePair(start, from, to, c0, c1);
  if (wide) writePair(start, from + fromApart, to + toApart, c2, c3);
}

/** Both values are read before one is stored, or engines do not pair them. */
@inline
function writePair(start: Start, from: usize, to: usize, a: v128, b: v128): void {
  if (start == Start.Added) {
    const from0 = v128.load(from), from1 = v128.load(from, 16);
    a = f32x4.add(a, from0);
    b = f32x4.add(b, from1);
  }
  storePair(to, a, b);
}
