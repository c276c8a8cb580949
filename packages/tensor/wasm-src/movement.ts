// Copies that rearrange. Layouts are as in elementwise.ts: `rank` extents, outermost first, then rows of strides in elements.
import { storePart, turnFour } from "./lib/lanes";
import { copyRun, offsetOf } from "./lib/runs";

/** out[i] = x[position of i] for flat i in [from, to); strides may be 0 or negative. */
export function read(from: i32, to: i32, x: usize, out: usize, rank: i32, layout: usize): void {
  const strides = <usize>rank << 2;
  const last = strides - 4;
  const inner = load<i32>(layout + last);
  const step = load<i32>(layout + strides + last);
  let position = from;
  while (position < to) {
    const within = position % inner;
    const source = x + (<usize>(offsetOf(position / inner, last, layout, strides) + within * step) << 2);
    const run = min(inner - within, to - position);
    const target = out + (<usize>position << 2);
    if (step == 1) copyRun(source, target, run);
    else if (step == 0) fillRun(target, v128.load32_splat(source), run);
    else for (let i = 0; i < run; i++) store<i32>(target + (<usize>i << 2), load<i32>(source + (<usize>(i * step) << 2)));
    position += run;
  }
}

function fillRun(target: usize, v: v128, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(target, v);
    target += 16;
  }
  if (count > 0) storePart(target, v, count);
}

/** out[i] = the 32 bits `value`, for i in [from, to). */
export function fill(from: i32, to: i32, out: usize, value: i32): void {
  fillRun(out + (<usize>from << 2), i32x4.splat(value), to - from);
}

/**
 * out[t, c, r] = x[t, r, c] for `rows` × `columns` matrices, tile by tile: pieces are tiles of TILE × TILE, of which
 * [from, to) is done, counted matrix by matrix.
 */
export function transpose(from: i32, to: i32, x: usize, out: usize, rows: i32, columns: i32): void {
  const down = (rows + TILE - 1) / TILE;
  const across = (columns + TILE - 1) / TILE;
  for (let piece = from; piece < to; piece++) {
    const matrix = piece / (down * across);
    const tile = piece - matrix * down * across;
    const r0 = (tile / across) * TILE;
    const c0 = (tile % across) * TILE;
    const base = <usize>matrix * <usize>(rows * columns);
    const r1 = min(r0 + TILE, rows);
    const c1 = min(c0 + TILE, columns);
    const source = x + (base << 2);
    const target = out + (base << 2);
    let r = r0;
    for (; r + 4 <= r1; r += 4) {
      let c = c0;
      for (; c + 4 <= c1; c += 4) turnFour(source + (<usize>(r * columns + c) << 2), <usize>columns << 2, target + (<usize>(c * rows + r) << 2), <usize>rows << 2);
      for (; c < c1; c++) for (let i = r; i < r + 4; i++) moveOne(source, target, i, c, rows, columns);
    }
    for (; r < r1; r++) for (let c = c0; c < c1; c++) moveOne(source, target, r, c, rows, columns);
  }
}

/** Rows and columns of a tile. */
const TILE = 32;

@inline
function moveOne(source: usize, target: usize, r: i32, c: i32, rows: i32, columns: i32): void {
  store<i32>(target + (<usize>(c * rows + r) << 2), load<i32>(source + (<usize>(r * columns + c) << 2)));
}
