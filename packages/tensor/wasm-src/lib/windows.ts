// What pooling does with the values of a window.
import { storeUpToFour } from "./lanes";

/** Whether a value replaces the best so far: if it is larger, or NaN. */
@inline
export function larger(value: f32, best: f32): bool {
  return value > best || value != value;
}

@inline
export function evenLanes(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

@inline
export function oddLanes(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 1, 3, 5, 7);
}

/** The largest values of four windows of 2 × 2, which hold no NaN: a and b are above c and d. */
@inline
export function largestOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
}

/** Where these stand first in their windows: 0, 1, `width` or `width` + 1. */
@inline
export function placesOf(a: v128, b: v128, c: v128, d: v128, width: i32): v128 {
  // All bits of a comparison that holds are the number −1.
  const right = f32x4.gt(b, a);
  const down = f32x4.gt(f32x4.pmax(c, d), f32x4.pmax(a, b));
  return i32x4.sub(v128.and(down, i32x4.sub(i32x4.add(i32x4.splat(width), right), f32x4.gt(d, c))), right);
}

/** The largest values of `count` windows of 2 × 2 side by side, of two rows that lie `rowBytes` apart; NaN wins. */
export function poolRows(from: usize, rowBytes: usize, to: usize, count: i32): void {
  for (; count > 0; count -= 4) {
    const below = from + rowBytes;
    const a = largerOf(v128.load(from), v128.load(below)), b = largerOf(v128.load(from, 16), v128.load(below, 16));
    const best = largerOf(evenLanes(a, b), oddLanes(a, b));
    storeUpToFour(to, best, count);
    from += 32;
    to += 16;
  }
}

@inline
function largerOf(a: v128, b: v128): v128 {
  // pmax keeps a NaN of a; a comparison with one of b is all ones, which is NaN.
  return v128.or(f32x4.pmax(a, b), f32x4.ne(b, b));
}

/** Whether no lane is NaN. */
@inline
export function isNumber(v: v128): bool {
  return i32x4.all_true(f32x4.eq(v, v));
}

/**
 * out = the planes of which g are maxima of 2 × 2 windows side by side: each value at its place, zeros elsewhere. `width` is
 * that of the plane, `count` the number of windows. The last four windows of a row may overlap those before.
 */
export function spread(g: usize, indices: usize, out: usize, count: i32, width: i32): void {
  const columns = width >> 1;
  const row = <usize>width << 2;
  for (let first = 0; first < count; first += columns) {
    const top = 4 * first;
    if (columns < 4) {
      for (let column = 0; column < columns; column++) {
        const at = <usize>(first + column) << 2;
        const place = top + 2 * column;
        const target = out + (<usize>place << 2);
        const from = load<i32>(indices + at) - place;
        const value = load<f32>(g + at);
        store<f32>(target, from == 0 ? value : 0);
        store<f32>(target, from == 1 ? value : 0, 4);
        store<f32>(target + row, from == width ? value : 0);
        store<f32>(target + row, from == width + 1 ? value : 0, 4);
      }
      continue;
    }
    for (let column = 0; column < columns; column += 4) {
      column = min(column, columns - 4);
      const at = <usize>(first + column) << 2;
      const place = top + 2 * column;
      const target = out + (<usize>place << 2);
      const value = v128.load(g + at);
      const from = i32x4.sub(v128.load(indices + at), i32x4.add(i32x4.splat(place), i32x4(0, 2, 4, 6)));
      const a = v128.and(value, i32x4.eq(from, i32x4.splat(0)));
      const b = v128.and(value, i32x4.eq(from, i32x4.splat(1)));
      const c = v128.and(value, i32x4.eq(from, i32x4.splat(width)));
      const d = v128.and(value, i32x4.eq(from, i32x4.splat(width + 1)));
      v128.store(target, v128.shuffle<i32>(a, b, 0, 4, 1, 5));
      v128.store(target, v128.shuffle<i32>(a, b, 2, 6, 3, 7), 16);
      v128.store(target + row, v128.shuffle<i32>(c, d, 0, 4, 1, 5));
      v128.store(target + row, v128.shuffle<i32>(c, d, 2, 6, 3, 7), 16);
    }
  }
}
