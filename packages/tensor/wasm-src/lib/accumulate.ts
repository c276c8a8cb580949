// The inner loops of a convolution's weight gradient: sums over positions, for taps that lie at tabled offsets from each.
import { madd, storeFour, sumRows } from "./lanes";
import { Start, Tabled, sumTile } from "./tile";

/**
 * sums[u][lane] += Σ_p g[lane][p] · x[p + offset[u]] for two taps u, whose sums lie `sumStep` bytes apart, and four planes of g,
 * over `count` positions, a multiple of four. `spare` is room for `SPARE_BYTES` bytes.
 */
export function accumulateFour(
  g: usize, gPlane: usize, x: usize, offsets: usize, sums: usize, sumStep: usize, count: i32, spare: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const second = <usize>load<u32>(offsets, 4) - <usize>load<u32>(offsets);
  let at = x + load<u32>(offsets);
  const end = g + (<usize>count << 2);
  const gPlane2 = gPlane * 2;
  const gPlane3 = gPlane * 3;
  if (WIDE && count >= 8) {
    let d00 = c00, d01 = c00, d10 = c00, d11 = c00, d20 = c00, d21 = c00, d30 = c00, d31 = c00;
    for (const last = end - 16; g < last; g += 32) {
      const to = at + second;
      const x0 = v128.load(at), y0 = v128.load(at, 16);
      const x1 = v128.load(to), y1 = v128.load(to, 16);
      let a = v128.load(g), b = v128.load(g, 16);
      c00 = madd(a, x0, c00);
      d00 = madd(b, y0, d00);
      c01 = madd(a, x1, c01);
      d01 = madd(b, y1, d01);
      a = v128.load(g + gPlane);
      b = v128.load(g + gPlane, 16);
      c10 = madd(a, x0, c10);
      d10 = madd(b, y0, d10);
      c11 = madd(a, x1, c11);
      d11 = madd(b, y1, d11);
      a = v128.load(g + gPlane2);
      b = v128.load(g + gPlane2, 16);
      c20 = madd(a, x0, c20);
      d20 = madd(b, y0, d20);
      c21 = madd(a, x1, c21);
      d21 = madd(b, y1, d21);
      a = v128.load(g + gPlane3);
      b = v128.load(g + gPlane3, 16);
      c30 = madd(a, x0, c30);
      d30 = madd(b, y0, d30);
      c31 = madd(a, x1, c31);
      d31 = madd(b, y1, d31);
      at += 32;
    }
    // Engines pair what is stored side by side.
    storeFour(spare, c00, d00, c01, d01);
    storeFour(spare + 64, c10, d10, c11, d11);
    storeFour(spare + 128, c20, d20, c21, d21);
    storeFour(spare + 192, c30, d30, c31, d31);
    c00 = f32x4.add(v128.load(spare, 0), v128.load(spare, 16));
    c01 = f32x4.add(v128.load(spare, 32), v128.load(spare, 48));
    c10 = f32x4.add(v128.load(spare, 64), v128.load(spare, 80));
    c11 = f32x4.add(v128.load(spare, 96), v128.load(spare, 112));
    c20 = f32x4.add(v128.load(spare, 128), v128.load(spare, 144));
    c21 = f32x4.add(v128.load(spare, 160), v128.load(spare, 176));
    c30 = f32x4.add(v128.load(spare, 192), v128.load(spare, 208));
    c31 = f32x4.add(v128.load(spare, 224), v128.load(spare, 240));
  }
  for (; g < end; g += 16) {
    const x0 = v128.load(at);
    const x1 = v128.load(at + second);
    let a = v128.load(g);
    c00 = madd(a, x0, c00);
    c01 = madd(a, x1, c01);
    a = v128.load(g + gPlane);
    c10 = madd(a, x0, c10);
    c11 = madd(a, x1, c11);
    a = v128.load(g + gPlane2);
    c20 = madd(a, x0, c20);
    c21 = madd(a, x1, c21);
    a = v128.load(g + gPlane3);
    c30 = madd(a, x0, c30);
    c31 = madd(a, x1, c31);
    at += 16;
  }
  v128.store(sums, f32x4.add(v128.load(sums), sumRows(c00, c10, c20, c30)));
  sums += sumStep;
  v128.store(sums, f32x4.add(v128.load(sums), sumRows(c01, c11, c21, c31)));
}

/**
 * sums[u][lane] += Σ_p g[p][lane] · x[position[p] + offset[u]] for four taps u, sixteen lanes and `count` positions, which are tabled
 * in bytes.
 */
export function accumulateSixteen(g: usize, x: usize, offsets: usize, positions: usize, count: i32, sums: usize): void {
  const first = <usize>load<u32>(offsets);
  const row1 = <usize>load<u32>(offsets, 4) - first, row2 = <usize>load<u32>(offsets, 8) - first, row3 = <usize>load<u32>(offsets, 12) - first;
  const end = positions + (<usize>count << 2);
  sumTile(
    false, true,
    x + first, 0, true, row1, row2, row3,
    g, 64, 0,
    Tabled.Rows, positions, end,
    Start.Added, sums, 64, 32,
    sums, 64, 32,
  );
}

/** sums[u] += Σ_p g[p] · x[p + offset[u]] for four taps u. */
export function accumulateOne(g: usize, x: usize, offsets: usize, sums: usize, count: i32): void {
  let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
  let x0 = x + load<u32>(offsets);
  let x1 = x + load<u32>(offsets, 4);
  let x2 = x + load<u32>(offsets, 8);
  let x3 = x + load<u32>(offsets, 12);
  const end = g + (<usize>count << 2);
  for (; g < end; g += 16) {
    const a = v128.load(g);
    c0 = madd(a, v128.load(x0), c0);
    c1 = madd(a, v128.load(x1), c1);
    c2 = madd(a, v128.load(x2), c2);
    c3 = madd(a, v128.load(x3), c3);
    x0 += 16;
    x1 += 16;
    x2 += 16;
    x3 += 16;
  }
  v128.store(sums, f32x4.add(v128.load(sums), sumRows(c0, c1, c2, c3)));
}
