// Reductions of one axis: x is [outer, length, inner] and out is [outer, blocks, inner], where each block of the axis has
// `block` entries (the last one maybe fewer). How values are grouped depends on these numbers alone.
import { storeFour, storePart, storeUpToFour } from "./lanes";

/** Columns in the part of a block that is a unit of work. */
export const COLUMNS = 256;

/**
 * Reduces units [from, to) of outer · blocks · ⌈inner / COLUMNS⌉, and divides the results by `divisor` unless it is 1.
 */
export function walk<R>(from: i32, to: i32, x: usize, out: usize, length: i32, inner: i32, block: i32, divisor: f32): void {
  const blocks = (length + block - 1) / block;
  const parts = (inner + COLUMNS - 1) / COLUMNS;
  for (let unit = from; unit < to; unit++) {
    const row = unit / parts;
    const column = (unit - row * parts) * COLUMNS;
    const o = row / blocks;
    const start = (row - o * blocks) * block;
    const count = min(block, length - start);
    const source = x + ((<usize>(o * length + start) * <usize>inner + <usize>column) << 2);
    const target = out + ((<usize>row * <usize>inner + <usize>column) << 2);
    if (inner == 1) reduceRow<R>(source, target, count, divisor);
    else reduceColumns<R>(source, target, count, <usize>inner << 2, min(COLUMNS, inner - column), divisor);
  }
}

@inline
function finish(v: v128, divisor: f32): v128 {
  return divisor == 1 ? v : f32x4.div(v, f32x4.splat(divisor));
}

/** One row of contiguous values, in sixteen interleaved parts. */
function reduceRow<R>(x: usize, out: usize, count: i32, divisor: f32): void {
  const r = changetype<R>(0);
  let a = r.empty();
  let b = r.empty();
  let c = r.empty();
  let d = r.empty();
  for (; count >= 16; count -= 16) {
    a = r.absorb(a, v128.load(x));
    b = r.absorb(b, v128.load(x, 16));
    c = r.absorb(c, v128.load(x, 32));
    d = r.absorb(d, v128.load(x, 48));
    x += 64;
  }
  for (; count >= 4; count -= 4) {
    a = r.absorb(a, v128.load(x));
    x += 16;
  }
  if (count > 0) {
    const inside = i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
    b = r.absorb(b, v128.bitselect(v128.load(x), r.empty(), inside));
  }
  a = r.merge(r.merge(a, b), r.merge(c, d));
  a = r.merge(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  a = r.merge(a, i8x16.shuffle(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  storePart(out, finish(a, divisor), 1);
}

/** `columns` neighbouring columns of `count` rows that lie `pitch` bytes apart. */
function reduceColumns<R>(x: usize, out: usize, count: i32, pitch: usize, columns: i32, divisor: f32): void {
  const r = changetype<R>(0);
  for (; columns >= 16; columns -= 16) {
    let a = r.empty();
    let b = r.empty();
    let c = r.empty();
    let d = r.empty();
    let row = x;
    for (let k = 0; k < count; k++) {
      a = r.absorb(a, v128.load(row));
      b = r.absorb(b, v128.load(row, 16));
      c = r.absorb(c, v128.load(row, 32));
      d = r.absorb(d, v128.load(row, 48));
      row += pitch;
    }
    storeFour(out, finish(a, divisor), finish(b, divisor), finish(c, divisor), finish(d, divisor));
    x += 64;
    out += 64;
  }
  for (; columns > 0; columns -= 4) {
    let a = r.empty();
    let row = x;
    for (let k = 0; k < count; k++) {
      a = r.absorb(a, v128.load(row));
      row += pitch;
    }
    storeUpToFour(out, finish(a, divisor), columns);
    x += 16;
    out += 16;
  }
}
