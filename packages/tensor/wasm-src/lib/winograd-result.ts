// From products to results: y = Aᵀ·m·A for each tile. What engines pair, here and in winograd-tiles.ts, are functions of their own
// with one loop, and without vectors among their parameters: V8 fails over others, of Node 24 or of 26, and the process with it.
import { Finish, finishFour } from "./finish";
import { storePart } from "./lanes";
import { result0, result2, result3, scaledP, scaledQ, storePair } from "./winograd-lines";
import { PLACE_BYTES, Place, Tiles, Workspace, groupsPairs, isWhole } from "./winograd-tiles";

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
    const biasAt = bias ? bias + (<usize>(channel + lane) << 2) : workspace.zeros;
    const start = v128.load32_splat(biasAt);
    const plane = y + <usize>(channel + lane) * planeSize;
    let at = m + <usize>lane * (step >> 2);
    let place = workspace.places;
    if (groupsPairs(tiles)) {
      for (; place + 8 * PLACE_BYTES <= end; place += 8 * PLACE_BYTES) {
        combineColumnPairs(at, step, workspace.spare);
        if (isWhole(place) && isWhole(place + 4 * PLACE_BYTES) && !finish) {
          writePairs(workspace.spare, biasAt, place, plane, rowSize);
        } else {
          // Each quad has every other tile of the eight.
          writeParts(workspace.spare, 32, start, place, 2 * PLACE_BYTES, plane, rowSize, channel + lane, y, finish);
          const odd = place + PLACE_BYTES;
          writeParts(workspace.spare + 16, 32, start, odd, 2 * PLACE_BYTES, plane, rowSize, channel + lane, y, finish);
        }
        at += 32;
      }
    }
    for (; place < end; place += 4 * PLACE_BYTES) {
      combineColumns(at, step, workspace.spare);
      if (isWhole(place) && !finish) writeWhole(workspace.spare, start, place, plane, rowSize);
      else writeParts(workspace.spare, 16, start, place, PLACE_BYTES, plane, rowSize, channel + lane, y, finish);
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
    combineRow(from, 16, start, a, b, c, d);
    a += rowSize;
    b += rowSize;
    c += rowSize;
    d += rowSize;
  }
}

/** As `combineColumns`, of two quads side by side: a row is 192 bytes. */
function combineColumnPairs(m: usize, step: usize, to: usize): void {
  const row = step * 6;
  for (let column = 0; column < 6; column++) {
    const m0 = v128.load(m), n0 = v128.load(m, 16);
    const m1 = v128.load(m + row), n1 = v128.load(m + row, 16), m2 = v128.load(m + row * 2), n2 = v128.load(m + row * 2, 16);
    const m3 = v128.load(m + row * 3), n3 = v128.load(m + row * 3, 16), m4 = v128.load(m + row * 4), n4 = v128.load(m + row * 4, 16);
    const m5 = v128.load(m + row * 5), n5 = v128.load(m + row * 5, 16);
    const sum12 = f32x4.add(m1, m2), sum34 = f32x4.add(m3, m4), add12 = f32x4.add(n1, n2), add34 = f32x4.add(n3, n4);
    const u = scaledP(f32x4.sub(m1, m2)), w = scaledQ(f32x4.sub(m3, m4));
    const s = scaledP(f32x4.sub(n1, n2)), t = scaledQ(f32x4.sub(n3, n4));
    storePair(to, result0(m0, sum12, sum34), result0(n0, add12, add34));
    storePair(to + 192, f32x4.add(u, w), f32x4.add(s, t));
    storePair(to + 384, result2(sum12, sum34), result2(add12, add34));
    storePair(to + 576, result3(u, w, m5), result3(s, t, n5));
    m += step;
    to += 32;
  }
}

/** As `writeWhole`, of eight tiles in pairs of neighbours, plus the value at `bias`. */
function writePairs(from: usize, bias: usize, place: usize, plane: usize, rowSize: usize): void {
  const start = v128.load32_splat(bias);
  let a = plane + changetype<Place>(place).result;
  let b = plane + changetype<Place>(place + 2 * PLACE_BYTES).result;
  let c = plane + changetype<Place>(place + 4 * PLACE_BYTES).result;
  let d = plane + changetype<Place>(place + 6 * PLACE_BYTES).result;
  for (const end = from + 4 * 192; from < end; from += 192) {
    const m0 = v128.load(from), n0 = v128.load(from, 16), m1 = v128.load(from, 32), n1 = v128.load(from, 48);
    const m2 = v128.load(from, 64), n2 = v128.load(from, 80), m3 = v128.load(from, 96), n3 = v128.load(from, 112);
    const m4 = v128.load(from, 128), n4 = v128.load(from, 144), m5 = v128.load(from, 160), n5 = v128.load(from, 176);
    const sum12 = f32x4.add(m1, m2), sum34 = f32x4.add(m3, m4), add12 = f32x4.add(n1, n2), add34 = f32x4.add(n3, n4);
    const u = scaledP(f32x4.sub(m1, m2)), w = scaledQ(f32x4.sub(m3, m4));
    const s = scaledP(f32x4.sub(n1, n2)), t = scaledQ(f32x4.sub(n3, n4));
    const y0 = f32x4.add(result0(m0, sum12, sum34), start), z0 = f32x4.add(result0(n0, add12, add34), start);
    const y1 = f32x4.add(f32x4.add(u, w), start), z1 = f32x4.add(f32x4.add(s, t), start);
    const y2 = f32x4.add(result2(sum12, sum34), start), z2 = f32x4.add(result2(add12, add34), start);
    const y3 = f32x4.add(result3(u, w, m5), start), z3 = f32x4.add(result3(s, t, n5), start);
    const low01 = v128.shuffle<f32>(y0, y1, 0, 4, 1, 5), low23 = v128.shuffle<f32>(y2, y3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(y0, y1, 2, 6, 3, 7), high23 = v128.shuffle<f32>(y2, y3, 2, 6, 3, 7);
    const down01 = v128.shuffle<f32>(z0, z1, 0, 4, 1, 5), down23 = v128.shuffle<f32>(z2, z3, 0, 4, 1, 5);
    const up01 = v128.shuffle<f32>(z0, z1, 2, 6, 3, 7), up23 = v128.shuffle<f32>(z2, z3, 2, 6, 3, 7);
    storePair(a, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5), v128.shuffle<f32>(down01, down23, 0, 1, 4, 5));
    storePair(b, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), v128.shuffle<f32>(down01, down23, 2, 3, 6, 7));
    storePair(c, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), v128.shuffle<f32>(up01, up23, 0, 1, 4, 5));
    storePair(d, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), v128.shuffle<f32>(up01, up23, 2, 3, 6, 7));
    a += rowSize;
    b += rowSize;
    c += rowSize;
    d += rowSize;
  }
}

/**
 * As `writeWhole`, for tiles that stick out of the results, or results that are to be finished. Columns of a row lie
 * `columnBytes` apart, the places of the four tiles `placeStep`.
 */
function writeParts(
  from: usize, columnBytes: usize, start: v128, place: usize, placeStep: usize, plane: usize, rowSize: usize, channel: i32, y: usize,
  finish: Finish | null,
): void {
  for (let row = 0; row < 4; row++) {
    combineRow(from, columnBytes, start, from, from + columnBytes, from + columnBytes * 2, from + columnBytes * 3);
    for (let tile: usize = 0; tile < 4; tile++) {
      const at = changetype<Place>(place + tile * placeStep);
      if (row >= at.rows) continue;
      const to = plane + at.result;
      let values = v128.load(from + tile * columnBytes);
      if (finish) values = finishFour(finish, channel, values, to - y);
      if (at.columns == 4) v128.store(to, values);
      else storePart(to, values, at.columns);
    }
    from += columnBytes * 6;
    plane += rowSize;
  }
}

/** A row of Aᵀ·m, times A, plus `start`: four neighbours for each of four tiles, stored at `a` to `d`. */
@inline
function combineRow(from: usize, columnBytes: usize, start: v128, a: usize, b: usize, c: usize, d: usize): void {
  const m1 = v128.load(from + columnBytes), m2 = v128.load(from + columnBytes * 2);
  const m3 = v128.load(from + columnBytes * 3), m4 = v128.load(from + columnBytes * 4);
  const sum12 = f32x4.add(m1, m2), sum34 = f32x4.add(m3, m4);
  const u = scaledP(f32x4.sub(m1, m2)), w = scaledQ(f32x4.sub(m3, m4));
  const y0 = f32x4.add(result0(v128.load(from), sum12, sum34), start);
  const y1 = f32x4.add(f32x4.add(u, w), start);
  const y2 = f32x4.add(result2(sum12, sum34), start);
  const y3 = f32x4.add(result3(u, w, v128.load(from + columnBytes * 5)), start);
  const low01 = v128.shuffle<f32>(y0, y1, 0, 4, 1, 5), low23 = v128.shuffle<f32>(y2, y3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(y0, y1, 2, 6, 3, 7), high23 = v128.shuffle<f32>(y2, y3, 2, 6, 3, 7);
  v128.store(a, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(b, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(c, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(d, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}
