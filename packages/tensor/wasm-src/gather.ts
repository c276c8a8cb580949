// Reading and adding at positions that a tensor of int32 gives. x is [outer, length, inner], picks are [outer, count, inner].

/** Rows at least this long are copied by the engine. */
const LONG: i32 = 8;

/** out[o, k] = x[o, index[k]], for rows [from, to) of `inner` contiguous values. */
export function gatherRows(from: i32, to: i32, x: usize, index: usize, out: usize, length: i32, count: i32, inner: i32): void {
  if (from >= to) return;
  const bytes = <usize>inner << 2;
  const o = from / count;
  let k = from - o * count;
  x += <usize>(o * length) * bytes;
  out += <usize>from * bytes;
  for (let row = from; row < to; ) {
    const end = min(to, row + count - k);
    let positions = index + (<usize>k << 2);
    for (; row < end; row++) {
      const source = x + <usize>load<i32>(positions) * bytes;
      if (inner == 1) store<i32>(out, load<i32>(source));
      else copyRow(out, source, bytes);
      positions += 4;
      out += bytes;
    }
    k = 0;
    x += <usize>length * bytes;
  }
}

@inline
function copyRow(out: usize, source: usize, bytes: usize): void {
  if (bytes >= <usize>(LONG << 2)) memory.copy(out, source, bytes);
  else for (let i: usize = 0; i < bytes; i += 4) store<i32>(out + i, load<i32>(source + i));
}

/** out[o, k, i] = x[o, index[o, k, i], i] for flat picks [from, to). */
export function gather(from: i32, to: i32, x: usize, index: usize, out: usize, length: i32, count: i32, inner: i32): void {
  if (from >= to) return;
  const picks = count * inner;
  const o = from / picks;
  let at = from - o * picks;
  let i = at % inner;
  x += <usize>(o * length * inner) << 2;
  for (let done = from; done < to; ) {
    const end = min(to, done + picks - at);
    for (; done < end; done++) {
      const position = load<i32>(index + (<usize>done << 2));
      store<i32>(out + (<usize>done << 2), load<i32>(x + (<usize>(position * inner + i) << 2)));
      if (++i == inner) i = 0;
    }
    at = 0;
    x += <usize>(length * inner) << 2;
  }
}

/** out[o, index, i] += source[o, k, i], for outer rows [from, to) of an out that is filled with zeros first. */
export function scatter(from: i32, to: i32, source: usize, index: usize, out: usize, length: i32, count: i32, inner: i32, shared: i32): void {
  const bytes = <usize>(length * inner) << 2;
  out += <usize>from * bytes;
  memory.fill(out, 0, <usize>(to - from) * bytes);
  const first = <usize>(from * count * inner) << 2;
  source += first;
  let positions = shared ? index : index + first;
  for (let o = from; o < to; o++) {
    if (shared) positions = index;
    for (let k = 0; k < count; k++) {
      if (shared) {
        addRow(out + (<usize>(load<i32>(positions) * inner) << 2), source, inner);
        positions += 4;
        source += <usize>inner << 2;
      } else {
        for (let i = 0; i < inner; i++) {
          const target = out + (<usize>(load<i32>(positions) * inner + i) << 2);
          store<f32>(target, load<f32>(target) + load<f32>(source));
          positions += 4;
          source += 4;
        }
      }
    }
    out += bytes;
  }
}

@inline
function addRow(target: usize, source: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
    target += 16;
    source += 16;
  }
  for (; count > 0; count--) {
    store<f32>(target, load<f32>(target) + load<f32>(source));
    target += 4;
    source += 4;
  }
}

/** out[o, p, i] = the last k for which index[o, k, i] is p, or −1, for outer rows [from, to). */
export function lastPositions(from: i32, to: i32, index: usize, out: usize, length: i32, count: i32, inner: i32): void {
  const bytes = <usize>(length * inner) << 2;
  out += <usize>from * bytes;
  index += <usize>(from * count * inner) << 2;
  memory.fill(out, 0xff, <usize>(to - from) * bytes);
  for (let o = from; o < to; o++) {
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < inner; i++) {
        store<i32>(out + (<usize>(load<i32>(index) * inner + i) << 2), k);
        index += 4;
      }
    }
    out += bytes;
  }
}
