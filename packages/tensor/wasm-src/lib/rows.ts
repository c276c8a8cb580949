// Copying rows of floats.
import { storeApart, storePart } from "./lanes";

/** Copies `count` floats. Reads up to three past the last one, and writes none. */
@inline
export function copyRow(from: usize, to: usize, count: i32): void {
  let left = count;
  for (; left >= 4; left -= 4) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  if (left > 0) storePart(to, v128.load(from), left);
}

/** Copies `count` values that lie `step` elements apart to neighbours. Reads one past the last of them. */
export function gatherRow(from: usize, step: i32, to: usize, count: i32): void {
  if (step == 2) {
    for (; count >= 4; count -= 4) {
      v128.store(to, v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
      from += 32;
      to += 16;
    }
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(from));
    from += <usize>step << 2;
    to += 4;
  }
}

/** Copies `count` neighbours to places that lie `step` elements apart. */
export function scatterRow(from: usize, to: usize, step: i32, count: i32): void {
  const stride = <usize>step << 2;
  for (; count >= 4; count -= 4) {
    storeApart(to, stride, v128.load(from), 4);
    from += 16;
    to += stride * 4;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += stride;
  }
}
