// Copying rows of floats.

/** Copies `count` floats; never writes past the last one. */
@inline
export function copyRow(from: usize, to: usize, count: i32): void {
  let left = count;
  for (; left >= 4; left -= 4) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  for (; left > 0; left--) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += 4;
  }
}
