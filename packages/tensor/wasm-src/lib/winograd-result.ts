// From products to results: y = Aᵀ·m·A for each tile, with Aᵀ = [1 1 1 0; 0 1 −1 −1].
import { Finish, finishRow } from "./finish";
import { storePart } from "./lanes";
import { Tiles } from "./winograd-tiles";

/**
 * Writes the results of `count` quads from quad `first` on, for up to four planes from `channel` on, each plus its value of
 * `bias` unless that is 0, and finishes them unless `finish` is 0. Lanes of m[ξ][lane][quad] lie `rowBytes` apart.
 */
export function writeQuads(tiles: Tiles, m: usize, rowBytes: usize, first: i32, count: i32, channel: i32, bias: usize, y: usize, finish: usize): void {
  const width = tiles.resultWidth;
  const planeSize = <usize>(tiles.resultHeight * width) << 2;
  const lanes = min(4, tiles.resultChannels - channel);
  const row = first / tiles.quads;
  let image = row / tiles.rows;
  let tileRow = row - image * tiles.rows;
  let quad = first - row * tiles.quads;
  for (const end = m + (<usize>count << 4); m < end; m += 16) {
    const rows = tiles.resultHeight - 2 * tileRow;
    const columns = width - 8 * quad;
    let at = m;
    let to = y + <usize>(image * tiles.resultChannels + channel) * planeSize + (<usize>(2 * tileRow * width + 8 * quad) << 2);
    for (let lane = 0; lane < lanes; lane++) {
      const start = bias ? v128.load32_splat(bias + (<usize>(channel + lane) << 2)) : f32x4.splat(0);
      writeQuad(at, rowBytes * 4, start, to, width, rows, columns);
      if (finish) {
        const count = min(8, columns);
        const below = to + (<usize>width << 2);
        finishRow(changetype<Finish>(finish), channel + lane, to, to - y, count);
        if (rows > 1) finishRow(changetype<Finish>(finish), channel + lane, below, below - y, count);
      }
      at += rowBytes;
      to += planeSize;
    }
    if (++quad == tiles.quads) {
      quad = 0;
      if (++tileRow == tiles.rows) {
        tileRow = 0;
        image++;
      }
    }
  }
}

/** Writes Aᵀ·m·A + start of one quad, as far as it lies within `rows` and `columns`. Elements of m lie `step` bytes apart. */
@inline
function writeQuad(m: usize, step: usize, start: v128, to: usize, width: i32, rows: i32, columns: i32): void {
  const step4 = step * 4, step8 = step * 8, step12 = step * 12;
  let a = v128.load(m), b = v128.load(m + step4), c = v128.load(m + step8), d = v128.load(m + step12);
  const s00 = upper(a, b, c), s10 = lower(b, c, d);
  m += step;
  a = v128.load(m), b = v128.load(m + step4), c = v128.load(m + step8), d = v128.load(m + step12);
  const s01 = upper(a, b, c), s11 = lower(b, c, d);
  m += step;
  a = v128.load(m), b = v128.load(m + step4), c = v128.load(m + step8), d = v128.load(m + step12);
  const s02 = upper(a, b, c), s12 = lower(b, c, d);
  m += step;
  a = v128.load(m), b = v128.load(m + step4), c = v128.load(m + step8), d = v128.load(m + step12);
  const s03 = upper(a, b, c), s13 = lower(b, c, d);
  writeRow(to, f32x4.add(upper(s00, s01, s02), start), f32x4.add(lower(s01, s02, s03), start), columns);
  if (rows > 1) {
    writeRow(to + (<usize>width << 2), f32x4.add(upper(s10, s11, s12), start), f32x4.add(lower(s11, s12, s13), start), columns);
  }
}

/** The rows of Aᵀ·m. */
@inline
function upper(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.add(a, b), c);
}

@inline
function lower(b: v128, c: v128, d: v128): v128 {
  return f32x4.sub(f32x4.sub(b, c), d);
}

/** Writes the first `columns` of eight neighbours, given as those in even and those in odd places. */
@inline
function writeRow(to: usize, even: v128, odd: v128, columns: i32): void {
  const low = v128.shuffle<f32>(even, odd, 0, 4, 1, 5);
  const high = v128.shuffle<f32>(even, odd, 2, 6, 3, 7);
  if (columns >= 8) {
    v128.store(to, low);
    v128.store(to, high, 16);
  } else if (columns >= 4) {
    v128.store(to, low);
    if (columns > 4) storePart(to + 16, high, columns - 4);
  } else {
    storePart(to, low, columns);
  }
}
