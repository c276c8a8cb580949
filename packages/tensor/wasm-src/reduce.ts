// Reductions of one axis: x is [outer, length, inner] and out is [outer, blocks, inner], where each block of the axis has
// `block` entries (the last one maybe fewer). How sums are grouped depends on these numbers alone.
import { storePart } from "./lib/lanes";
import { Reduction } from "./lib/opcodes";

/** Columns in the part of a block that is a unit of work. */
const COLUMNS = 256;

@unmanaged
class Sum {
  @inline empty(): v128 {
    return f32x4.splat(0);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return f32x4.add(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

@unmanaged
class SumSquares {
  @inline empty(): v128 {
    return f32x4.splat(0);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return f32x4.add(acc, f32x4.mul(v, v));
  }
  @inline merge(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

@unmanaged
class Max {
  @inline empty(): v128 {
    return f32x4.splat(-Infinity);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return f32x4.max(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}

@unmanaged
class Min {
  @inline empty(): v128 {
    return f32x4.splat(Infinity);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return f32x4.min(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

@unmanaged
class SumInt {
  @inline empty(): v128 {
    return i32x4.splat(0);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return i32x4.add(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return i32x4.add(a, b);
  }
}

@unmanaged
class MaxInt {
  @inline empty(): v128 {
    return i32x4.splat(i32.MIN_VALUE);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return i32x4.max_s(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
}

@unmanaged
class MinInt {
  @inline empty(): v128 {
    return i32x4.splat(i32.MAX_VALUE);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return i32x4.min_s(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return i32x4.min_s(a, b);
  }
}

/**
 * Reduces units [from, to) of outer · blocks · ⌈inner / COLUMNS⌉, and divides the results by `divisor` unless it is 1.
 */
export function reduce(
  from: i32, to: i32, opcode: Reduction, x: usize, out: usize, length: i32, inner: i32, block: i32, divisor: f32,
): void {
  switch (opcode) {
    case Reduction.Sum: walk<Sum>(from, to, x, out, length, inner, block, divisor); break;
    case Reduction.SumSquares: walk<SumSquares>(from, to, x, out, length, inner, block, divisor); break;
    case Reduction.Max: walk<Max>(from, to, x, out, length, inner, block, divisor); break;
    case Reduction.Min: walk<Min>(from, to, x, out, length, inner, block, divisor); break;
    case Reduction.SumInt: walk<SumInt>(from, to, x, out, length, inner, block, divisor); break;
    case Reduction.MaxInt: walk<MaxInt>(from, to, x, out, length, inner, block, divisor); break;
    case Reduction.MinInt: walk<MinInt>(from, to, x, out, length, inner, block, divisor); break;
    default: unreachable();
  }
}

function walk<R>(from: i32, to: i32, x: usize, out: usize, length: i32, inner: i32, block: i32, divisor: f32): void {
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
    v128.store(out, finish(a, divisor));
    v128.store(out, finish(b, divisor), 16);
    v128.store(out, finish(c, divisor), 32);
    v128.store(out, finish(d, divisor), 48);
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
    if (columns >= 4) v128.store(out, finish(a, divisor));
    else storePart(out, finish(a, divisor), columns);
    x += 16;
    out += 16;
  }
}

/**
 * Position of the largest (sign 1) or smallest (sign −1) entry along `length`, for results [from, to) of outer · inner:
 * the first one, and the first NaN if there is one.
 */
export function argExtreme(from: i32, to: i32, x: usize, out: usize, length: i32, inner: i32, sign: f32): void {
  for (let i = from; i < to; i++) {
    const o = i / inner;
    let at = x + ((<usize>(o * length) * <usize>inner + <usize>(i - o * inner)) << 2);
    let best = sign * load<f32>(at);
    let position = 0;
    for (let k = 1; k < length && best == best; k++) {
      at += <usize>inner << 2;
      const v = sign * load<f32>(at);
      if (v > best || v != v) {
        best = v;
        position = k;
      }
    }
    store<i32>(out + (<usize>i << 2), position);
  }
}

/** `argExtreme` for int32 values. */
export function argExtremeInt(from: i32, to: i32, x: usize, out: usize, length: i32, inner: i32, largest: i32): void {
  for (let i = from; i < to; i++) {
    const o = i / inner;
    let at = x + ((<usize>(o * length) * <usize>inner + <usize>(i - o * inner)) << 2);
    let best = load<i32>(at);
    let position = 0;
    for (let k = 1; k < length; k++) {
      at += <usize>inner << 2;
      const v = load<i32>(at);
      if (largest != 0 ? v > best : v < best) {
        best = v;
        position = k;
      }
    }
    store<i32>(out + (<usize>i << 2), position);
  }
}
