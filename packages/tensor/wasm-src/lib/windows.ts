// What pooling does with the values of a window.

/** Whether a value replaces the best so far: if it is larger, or NaN. */
@inline
export function larger(value: f32, best: f32): bool {
  return value > best || value != value;
}

/** `larger` for four values: all bits set where it holds. */
@inline
export function chooseLarger(value: v128, best: v128): v128 {
  return v128.or(f32x4.gt(value, best), f32x4.ne(value, value));
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
