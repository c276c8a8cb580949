// Pooling over windows of planes [h, w], each plane by itself.
import { sumLanes } from "./lib/lanes";

/**
 * Largest value of each window and its position y·w + x, for planes [from, to). Outside the plane counts for nothing; of
 * equals the first in row-major order wins; NaN wins.
 */
export function maxPool(
  from: i32, to: i32, x: usize, out: usize, indices: usize, h: i32, w: i32, oh: i32, ow: i32,
  kh: i32, kw: i32, sh: i32, sw: i32, ph: i32, pw: i32, dh: i32, dw: i32,
): void {
  const plain = kh == 2 && kw == 2 && sh == 2 && sw == 2 && ph == 0 && pw == 0 && dh == 1 && dw == 1;
  for (let plane = from; plane < to; plane++) {
    const source = x + (<usize>(plane * h * w) << 2);
    let at = <usize>(plane * oh * ow) << 2;
    for (let oy = 0; oy < oh; oy++) {
      let ox = 0;
      if (plain) {
        for (; ox + 4 <= ow; ox += 4) {
          maxOfPairs(source, 2 * oy * w + 2 * ox, w, out + at, indices + at);
          at += 16;
        }
      }
      for (; ox < ow; ox++) {
        maxOfWindow(source, out + at, indices + at, h, w, oy * sh - ph, ox * sw - pw, kh, kw, dh, dw);
        at += 4;
      }
    }
  }
}

/** Four neighbouring windows of 2 × 2 whose first value is at `position`. */
@inline
function maxOfPairs(source: usize, position: i32, w: i32, out: usize, indices: usize): void {
  const upper = source + (<usize>position << 2);
  const lower = upper + (<usize>w << 2);
  const u0 = v128.load(upper), u1 = v128.load(upper, 16), l0 = v128.load(lower), l1 = v128.load(lower, 16);
  const first = i32x4.add(i32x4.splat(position), i32x4(0, 2, 4, 6));
  let best = i32x4.shuffle(u0, u1, 0, 2, 4, 6);
  let index = first;
  let value = i32x4.shuffle(u0, u1, 1, 3, 5, 7);
  let wins = v128.or(f32x4.gt(value, best), f32x4.ne(value, value));
  best = v128.bitselect(value, best, wins);
  index = v128.bitselect(i32x4.add(first, i32x4.splat(1)), index, wins);
  value = i32x4.shuffle(l0, l1, 0, 2, 4, 6);
  wins = v128.or(f32x4.gt(value, best), f32x4.ne(value, value));
  best = v128.bitselect(value, best, wins);
  index = v128.bitselect(i32x4.add(first, i32x4.splat(w)), index, wins);
  value = i32x4.shuffle(l0, l1, 1, 3, 5, 7);
  wins = v128.or(f32x4.gt(value, best), f32x4.ne(value, value));
  v128.store(out, v128.bitselect(value, best, wins));
  v128.store(indices, v128.bitselect(i32x4.add(first, i32x4.splat(w + 1)), index, wins));
}

function maxOfWindow(source: usize, out: usize, index: usize, h: i32, w: i32, top: i32, left: i32, kh: i32, kw: i32, dh: i32, dw: i32): void {
  let best: f32 = -Infinity;
  let position = -1;
  for (let i = 0; i < kh; i++) {
    const y = top + i * dh;
    if (y < 0 || y >= h) continue;
    for (let j = 0; j < kw; j++) {
      const column = left + j * dw;
      if (column < 0 || column >= w) continue;
      const v = load<f32>(source + (<usize>(y * w + column) << 2));
      if (position < 0 || v > best || v != v) {
        best = v;
        position = y * w + column;
      }
    }
  }
  store<f32>(out, best);
  store<i32>(index, position);
}

/** The adjoint, given the positions: planes [from, to) of zeros, to which each gradient is added at its position. */
export function maxPoolGrad(from: i32, to: i32, grad: usize, indices: usize, out: usize, size: i32, count: i32): void {
  memory.fill(out + (<usize>(from * size) << 2), 0, <usize>((to - from) * size) << 2);
  for (let plane = from; plane < to; plane++) {
    const target = out + (<usize>(plane * size) << 2);
    let at = <usize>(plane * count) << 2;
    for (let i = 0; i < count; i++) {
      const place = target + (<usize>load<i32>(indices + at) << 2);
      store<f32>(place, load<f32>(place) + load<f32>(grad + at));
      at += 4;
    }
  }
}

/**
 * Weighted sums of windows, for planes [from, to): out[oy, ox] = rowWeight[oy]·columnWeight[ox]·Σ x over the window.
 * `rows` and `columns` are tables of starts, ends and weights, `oh` and `ow` entries each.
 */
export function average(from: i32, to: i32, x: usize, out: usize, h: i32, w: i32, oh: i32, ow: i32, rows: usize, columns: usize): void {
  const rowTable = <usize>oh << 2;
  const columnTable = <usize>ow << 2;
  for (let plane = from; plane < to; plane++) {
    const source = x + (<usize>(plane * h * w) << 2);
    let at = out + (<usize>(plane * oh * ow) << 2);
    for (let oy: usize = 0; oy < rowTable; oy += 4) {
      const top = load<i32>(rows + oy);
      const bottom = load<i32>(rows + rowTable + oy);
      const rowWeight = load<f32>(rows + 2 * rowTable + oy);
      for (let ox: usize = 0; ox < columnTable; ox += 4) {
        const left = load<i32>(columns + ox);
        const right = load<i32>(columns + columnTable + ox);
        store<f32>(at, sumOfWindow(source, w, top, bottom, left, right) * rowWeight * load<f32>(columns + 2 * columnTable + ox));
        at += 4;
      }
    }
  }
}

function sumOfWindow(source: usize, w: i32, top: i32, bottom: i32, left: i32, right: i32): f32 {
  let vectors = f32x4.splat(0);
  let sum: f32 = 0;
  for (let y = top; y < bottom; y++) {
    let at = source + (<usize>(y * w + left) << 2);
    let rest = right - left;
    for (; rest >= 4; rest -= 4) {
      vectors = f32x4.add(vectors, v128.load(at));
      at += 16;
    }
    for (; rest > 0; rest--) {
      sum += load<f32>(at);
      at += 4;
    }
  }
  return sum + sumLanes(vectors);
}

/**
 * The adjoint of `average`: x[y, c] = Σ over the windows that hold it of their weights times g. `rowSpans` and
 * `columnSpans` are tables of the first window and of the one after the last, `h` and `w` entries each.
 */
export function averageGrad(
  from: i32, to: i32, g: usize, out: usize, h: i32, w: i32, oh: i32, ow: i32,
  rows: usize, columns: usize, rowSpans: usize, columnSpans: usize,
): void {
  const rowWeights = rows + (<usize>(2 * oh) << 2);
  const columnWeights = columns + (<usize>(2 * ow) << 2);
  for (let plane = from; plane < to; plane++) {
    const source = g + (<usize>(plane * oh * ow) << 2);
    let at = out + (<usize>(plane * h * w) << 2);
    for (let y = 0; y < h; y++) {
      const top = load<i32>(rowSpans + (<usize>y << 2));
      const bottom = load<i32>(rowSpans + (<usize>(h + y) << 2));
      for (let c = 0; c < w; c++) {
        const left = load<i32>(columnSpans + (<usize>c << 2));
        const right = load<i32>(columnSpans + (<usize>(w + c) << 2));
        let sum: f32 = 0;
        for (let oy = top; oy < bottom; oy++) {
          const weight = load<f32>(rowWeights + (<usize>oy << 2));
          for (let ox = left; ox < right; ox++) {
            sum += load<f32>(source + (<usize>(oy * ow + ox) << 2)) * weight * load<f32>(columnWeights + (<usize>ox << 2));
          }
        }
        store<f32>(at, sum);
        at += 4;
      }
    }
  }
}
