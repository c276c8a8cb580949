// Reading planes at positions of rows and of columns, which tensors of int32 give, and the adjoint. Planes [from, to) of `height` × `width`
// become `down` × `across` ones. The `run` columns from `lead` on are neighbours in the former, too.

/** out[p, i, j] = x[p, rows[i], columns[j]]. */
export function pickGrid(
  from: i32, to: i32, x: usize, rows: usize, columns: usize, out: usize,
  height: i32, width: i32, down: i32, across: i32, lead: i32, run: i32,
): void {
  const bytes = <usize>across << 2;
  const first = <usize>lead << 2;
  out += <usize>(from * down) * bytes;
  for (let plane = from; plane < to; plane++) {
    for (let i = 0; i < down; i++) {
      const row = rows + (<usize>i << 2);
      const source = load<i32>(row);
      if (i > 0 && source == load<i32>(row - 4)) memory.copy(out, out - bytes, bytes);
      else {
        const at = x + (<usize>((plane * height + source) * width) << 2);
        pick(at, columns, out, 0, first);
        memory.copy(out + first, at + (<usize>load<i32>(columns + first) << 2), <usize>run << 2);
        pick(at, columns, out, first + (<usize>run << 2), bytes);
      }
      out += bytes;
    }
  }
}

function pick(x: usize, columns: usize, out: usize, j: usize, end: usize): void {
  for (; j < end; j += 4) store<i32>(out + j, load<i32>(x + (<usize>load<i32>(columns + j) << 2)));
}

/** out[p, rows[i], columns[j]] += g[p, i, j], where out is filled with zeros first. */
export function scatterGrid(
  from: i32, to: i32, g: usize, rows: usize, columns: usize, out: usize,
  height: i32, width: i32, down: i32, across: i32, lead: i32, run: i32,
): void {
  const bytes = <usize>across << 2;
  const first = <usize>lead << 2;
  const size = <usize>(height * width) << 2;
  memory.fill(out + <usize>from * size, 0, <usize>(to - from) * size);
  g += <usize>(from * down) * bytes;
  for (let plane = from; plane < to; plane++) {
    for (let i = 0; i < down; i++) {
      const at = out + <usize>plane * size + (<usize>(load<i32>(rows + (<usize>i << 2)) * width) << 2);
      add(g, columns, at, 0, first);
      const end = first + (<usize>run << 2);
      const shift = at + (<usize>load<i32>(columns + first) << 2) - first;
      let j = first;
      for (; j + 16 <= end; j += 16) v128.store(shift + j, f32x4.add(v128.load(shift + j), v128.load(g + j)));
      add(g, columns, at, j, bytes);
      g += bytes;
    }
  }
}

function add(g: usize, columns: usize, out: usize, j: usize, end: usize): void {
  for (; j < end; j += 4) {
    const target = out + (<usize>load<i32>(columns + j) << 2);
    store<f32>(target, load<f32>(target) + load<f32>(g + j));
  }
}
