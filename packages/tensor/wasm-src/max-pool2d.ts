// Maxima over windows of planes, with the places where they were found.
import { evenLanes, isNumber, larger, largestOf, oddLanes, placesOf, spread } from "./lib/windows";

/** Windows along rows and columns, which are clipped to the plane. */
@unmanaged
class Windows {
  height: i32;
  width: i32;
  rows: i32;
  columns: i32;
  kernelRows: i32;
  kernelColumns: i32;
  strideRows: i32;
  strideColumns: i32;
  paddingRows: i32;
  paddingColumns: i32;
  dilationRows: i32;
  dilationColumns: i32;
  /** Whether they are 2 × 2 and lie side by side from the first row and column on. */
  pairs: i32;
}

/**
 * Planes `from` to `to`: the largest value of each window and, unless `indices` is 0, its place in the plane. The first of equal
 * ones is taken, and the last NaN. A window that misses the plane gives −∞ and place −1.
 */
export function maxPool(from: i32, to: i32, windows: Windows, x: usize, values: usize, indices: usize): void {
  const plane = <usize>(windows.height * windows.width) << 2;
  const result = <usize>(windows.rows * windows.columns) << 2;
  const pairs = windows.pairs && windows.columns >= 4;
  for (let i = from; i < to; i++) {
    const source = x + <usize>i * plane;
    const target = values + <usize>i * result;
    const places = indices ? indices + <usize>i * result : 0;
    if (!pairs || !maxOfPairs(windows, source, target, places)) maxOfWindows(windows, source, target, places);
  }
}

/** Places are stored unless `indices` is 0. */
function maxOfWindows(windows: Windows, x: usize, values: usize, indices: usize): void {
  for (let row = 0; row < windows.rows; row++) {
    const top = row * windows.strideRows - windows.paddingRows;
    for (let column = 0; column < windows.columns; column++) {
      const left = column * windows.strideColumns - windows.paddingColumns;
      let best: f32 = -Infinity;
      let place = -1;
      for (let i = 0, y = top; i < windows.kernelRows; i++, y += windows.dilationRows) {
        if (<u32>y >= <u32>windows.height) continue;
        for (let j = 0, z = left; j < windows.kernelColumns; j++, z += windows.dilationColumns) {
          if (<u32>z >= <u32>windows.width) continue;
          const at = y * windows.width + z;
          const value = load<f32>(x + (<usize>at << 2));
          if (place < 0 || larger(value, best)) {
            best = value;
            place = at;
          }
        }
      }
      store<f32>(values, best);
      values += 4;
      if (indices) {
        store<i32>(indices, place);
        indices += 4;
      }
    }
  }
}

/**
 * Windows of 2 × 2 side by side, four at a time; the last four of a row may overlap those before. False if there is NaN, or
 * infinities of both signs: then the results are not right.
 */
function maxOfPairs(windows: Windows, x: usize, values: usize, indices: usize): bool {
  const columns = windows.columns;
  const width = windows.width;
  const row = <usize>width << 2;
  let total = f32x4.splat(0);
  for (let y = 0; y < windows.rows; y++) {
    for (let column = 0; column < columns; column += 4) {
      column = min(column, columns - 4);
      const place = 2 * (y * width + column);
      const at = x + (<usize>place << 2);
      const a0 = v128.load(at), a1 = v128.load(at, 16), b0 = v128.load(at + row), b1 = v128.load(at + row, 16);
      total = f32x4.add(total, f32x4.add(f32x4.add(a0, a1), f32x4.add(b0, b1)));
      const a = evenLanes(a0, a1), b = oddLanes(a0, a1), c = evenLanes(b0, b1), d = oddLanes(b0, b1);
      const target = <usize>(y * columns + column) << 2;
      v128.store(values + target, largestOf(a, b, c, d));
      if (!indices) continue;
      const first = i32x4.add(i32x4.splat(place), i32x4(0, 2, 4, 6));
      v128.store(indices + target, i32x4.add(first, placesOf(a, b, c, d, width)));
    }
  }
  return isNumber(total);
}

/**
 * Planes `from` to `to` of the gradient: each of `count` values of g is added at its place in a plane of `size` zeros.
 * `width` is that of planes which 2 × 2 windows cover side by side, else 0.
 */
export function maxPoolGrad(from: i32, to: i32, g: usize, indices: usize, out: usize, count: i32, size: i32, width: i32): void {
  for (let i = from; i < to; i++) {
    const skip = <usize>(i * count) << 2;
    const target = out + (<usize>(i * size) << 2);
    if (width > 0) spread(g + skip, indices + skip, target, count, width);
    else addAtPlaces(g + skip, indices + skip, target, count, size);
  }
}

function addAtPlaces(g: usize, indices: usize, out: usize, count: i32, size: i32): void {
  memory.fill(out, 0, <usize>size << 2);
  for (; count > 0; count--) {
    const place = load<i32>(indices);
    if (place >= 0) {
      const at = out + (<usize>place << 2);
      store<f32>(at, load<f32>(at) + load<f32>(g));
    }
    g += 4;
    indices += 4;
  }
}

/** Planes `from` to `to`: the `count` values of x, planes of `size`, that lie at the places; 0 for place −1. */
export function takeAtPlaces(from: i32, to: i32, x: usize, indices: usize, out: usize, count: i32, size: i32): void {
  for (let i = from; i < to; i++) {
    const source = x + (<usize>(i * size) << 2);
    const end = <usize>((i + 1) * count) << 2;
    for (let at = <usize>(i * count) << 2; at < end; at += 4) {
      const place = load<i32>(indices + at);
      store<f32>(out + at, place < 0 ? 0 : load<f32>(source + (<usize>place << 2)));
    }
  }
}
