// From products to results: y = Aᵀ·m·A for each tile.
import { Finish, finishFour } from "./finish";
import { storePart } from "./lanes";
import { result0, result2, result3, scaledP, scaledQ } from "./winograd-lines";
import { PLACE_BYTES, Place, Tiles, Workspace, isWhole } from "./winograd-tiles";

/**
 * Writes the results of `count` tiles, which `placeTiles` has placed, for up to four planes from `channel` on, each plus its
 * value of `bias` unless that is 0, and finishes them unless `finish` is null. Elements of m[ξ][lane][quad] lie `step` bytes
 * apart, lanes a quarter of that.
 */
export function writeResults(
  tiles: Tiles, m: usize, step: usize, count: i32, channel: i32, bias: usize, y: usize, finish: Finish | null, workspace: Workspace,
): void {
  const planeSize = <usize>(tiles.resultHeight * tiles.resultWidth) << 2;
  const rowSize = <usize>tiles.resultWidth << 2;
  const lanes = min(4, tiles.resultChannels - channel);
  const end = workspace.places + <usize>count * PLACE_BYTES;
  for (let lane = 0; lane < lanes; lane++) {
    const start = bias ? v128.load32_splat(bias + (<usize>(channel + lane) << 2)) : f32x4.splat(0);
    const plane = y + <usize>(channel + lane) * planeSize;
    let at = m + <usize>lane * (step >> 2);
    for (let place = workspace.places; place < end; place += 4 * PLACE_BYTES) {
      combineColumns(at, step, workspace.spare);
      if (isWhole(place) && !finish) writeWhole(workspace.spare, start, place, plane, rowSize);
      else writeParts(workspace.spare, start, place, plane, rowSize, channel + lane, y, finish);
      at += 16;
    }
  }
}

/** Aᵀ·m of a quad: four rows of six columns, a row 96 bytes. */
@inline
function combineColumns(m: usize, step: usize, to: usize): void {
  const row = step * 6;
  for (let column = 0; column < 6; column++) {
    const m1 = v128.load(m + row), m2 = v128.load(m + row * 2), m3 = v128.load(m + row * 3), m4 = v128.load(m + row * 4);
    const sum12 = f32x4.add(m1, m2), sum34 = f32x4.add(m3, m4);
    const u = scaledP(f32x4.sub(m1, m2)), w = scaledQ(f32x4.sub(m3, m4));
    v128.store(to, result0(v128.load(m), sum12, sum34));
    v128.store(to, f32x4.add(u, w), 96);
    v128.store(to, result2(sum12, sum34), 192);
    v128.store(to, result3(u, w, v128.load(m + row * 5)), 288);
    m += step;
    to += 16;
  }
}

/** The rows of Aᵀ·m, times A, plus `start`, to four tiles that have all their results. */
@inline
function writeWhole(from: usize, start: v128, place: usize, plane: usize, rowSize: usize): void {
  let a = plane + changetype<Place>(place).result;
  let b = plane + changetype<Place>(place + PLACE_BYTES).result;
  let c = plane + changetype<Place>(place + 2 * PLACE_BYTES).result;
  let d = plane + changetype<Place>(place + 3 * PLACE_BYTES).result;
  for (const end = from + 4 * 96; from < end; from += 96) {
    combineRow(from, start, a, b, c, d);
    a += rowSize;
    b += rowSize;
    c += rowSize;
    d += rowSize;
  }
}

/** As `writeWhole`, for tiles that stick out of the results, or results that are to be finished. */
function writeParts(
  from: usize, start: v128, place: usize, plane: usize, rowSize: usize, channel: i32, y: usize, finish: Finish | null,
): void {
  for (let row = 0; row < 4; row++) {
    combineRow(from, start, from, from + 16, from + 32, from + 48);
    for (let tile: usize = 0; tile < 4; tile++) {
      const at = changetype<Place>(place + tile * PLACE_BYTES);
      if (row >= at.rows) continue;
      const to = plane + at.result;
      let values = v128.load(from + (tile << 4));
      if (finish) values = finishFour(finish, channel, values, to - y);
      if (at.columns == 4) v128.store(to, values);
      else storePart(to, values, at.columns);
    }
    from += 96;
    plane += rowSize;
  }
}

/** A row of Aᵀ·m, times A, plus `start`: four neighbours for each of four tiles, stored at `a` to `d`. */
@inline
function combineRow(from: usize, start: v128, a: usize, b: usize, c: usize, d: usize): void {
  const m1 = v128.load(from, 16), m2 = v128.load(from, 32), m3 = v128.load(from, 48), m4 = v128.load(from, 64);
  const sum12 = f32x4.add(m1, m2), sum34 = f32x4.add(m3, m4);
  const u = scaledP(f32x4.sub(m1, m2)), w = scaledQ(f32x4.sub(m3, m4));
  const y0 = f32x4.add(result0(v128.load(from), sum12, sum34), start);
  const y1 = f32x4.add(f32x4.add(u, w), start);
  const y2 = f32x4.add(result2(sum12, sum34), start);
  const y3 = f32x4.add(result3(u, w, v128.load(from, 80)), start);
  const low01 = v128.shuffle<f32>(y0, y1, 0, 4, 1, 5), low23 = v128.shuffle<f32>(y2, y3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(y0, y1, 2, 6, 3, 7), high23 = v128.shuffle<f32>(y2, y3, 2, 6, 3, 7);
  v128.store(a, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(b, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(c, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(d, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}
