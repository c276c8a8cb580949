// Reading and adding at positions that a tensor of int32 gives. x is [outer, length, inner], picks are [outer, count, inner].

/** out[o, k] = x[o, index[k]], for rows [from, to) of `inner` contiguous values. */
export function gatherRows(from: i32, to: i32, x: usize, index: usize, out: usize, length: i32, count: i32, inner: i32): void {
  const bytes = <usize>inner << 2;
  for (let row = from; row < to; row++) {
    const o = row / count;
    const position = load<i32>(index + (<usize>(row - o * count) << 2));
    memory.copy(out + <usize>row * bytes, x + <usize>(o * length + position) * bytes, bytes);
  }
}

/** out[o, k, i] = x[o, index[o, k, i], i] for flat picks [from, to). */
export function gather(from: i32, to: i32, x: usize, index: usize, out: usize, length: i32, count: i32, inner: i32): void {
  for (let at = from; at < to; at++) {
    const row = at / inner;
    const i = at - row * inner;
    const o = row / count;
    const position = load<i32>(index + (<usize>at << 2));
    store<i32>(out + (<usize>at << 2), load<i32>(x + (<usize>((o * length + position) * inner + i) << 2)));
  }
}

/** out[o, index, i] += source[o, k, i], for outer rows [from, to) of an out that is filled with zeros first. */
export function scatter(from: i32, to: i32, source: usize, index: usize, out: usize, length: i32, count: i32, inner: i32, shared: i32): void {
  memory.fill(out + (<usize>(from * length * inner) << 2), 0, <usize>((to - from) * length * inner) << 2);
  for (let o = from; o < to; o++) {
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < inner; i++) {
        const at = (o * count + k) * inner + i;
        const position = load<i32>(index + (<usize>(shared ? k : at) << 2));
        const target = out + (<usize>((o * length + position) * inner + i) << 2);
        store<f32>(target, load<f32>(target) + load<f32>(source + (<usize>at << 2)));
      }
    }
  }
}
