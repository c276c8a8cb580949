// From products to results: y = Aᵀ·m·A for each tile. What engines pair, here and in winograd-tiles.ts, are functions of their own
// with one loop, and without vectors among their parameters: V8 fails over others, of Node 24 or of 26, and the process with it.
import { Finish, finished, finishingOf } from "./finish";
import { storePair, storePart } from "./lanes";
import { Constants, result0, result2, result3, timesP, timesQ } from "./winograd-lines";
import { PLACE_BYTES, Place, Tiles, Workspace, groupsPairs, isWhole } from "./winograd-tiles";
import { poolRows } from "./windows";

/**
 * Writes the results of `count` tiles, which `placeTiles` has placed, for up to four planes from `channel` on, each plus its
 * value of `bias` unless that is 0, and finishes and pools them unless `finish` is null. Elements of m[ξ][lane][quad] lie `step` bytes
 * apart, lanes a quarter of that.
 */
export function writeResults(
  tiles: Tiles, m: usize, step: usize, count: i32, channel: i32, bias: usize, y: usize, finish: Finish | null, workspace: Workspace,
): void {
  const pools = finish ? finish.pools : 0;
  const rowSize = <usize>(tiles.resultWidth >> pools) << 2;
  const planeSize = <usize>(tiles.resultHeight >> pools) * rowSize;
  const lanes = min(4, tiles.resultChannels - channel);
  const end = workspace.places + <usize>count * PLACE_BYTES;
  const constants = workspace.constants;
  const spare = workspace.spare;
  const toResidual = finish && finish.residual ? finish.residual - y : 0;
  for (let lane = 0; lane < lanes; lane++) {
    const start = bias ? bias + (<usize>(channel + lane) << 2) : workspace.zeros;
    const plane = y + <usize>(channel + lane) * planeSize;
    const finishing = finish ? finishingOf(finish, channel + lane, workspace.finishing) : 0;
    let at = m + <usize>lane * (step >> 2);
    let place = workspace.places;
    if (groupsPairs(tiles)) {
      for (; place + 8 * PLACE_BYTES <= end; place += 8 * PLACE_BYTES) {
        combineColumnPairs(at, step, spare, constants);
        const direct = !toResidual && !pools && isWhole(place) && isWhole(place + 4 * PLACE_BYTES);
        const a = direct ? plane + resultAt(place, 0) : spare, b = direct ? plane + resultAt(place, 2) : spare + 32;
        const c = direct ? plane + resultAt(place, 4) : spare + 64, d = direct ? plane + resultAt(place, 6) : spare + 96;
        const size = direct ? rowSize : 192;
        if (finishing) finishRowPairs(spare, start, finishing, constants, a, b, c, d, size);
        else combineRowPairs(spare, start, constants, a, b, c, d, size);
        if (pools) poolTiles(spare, 192);
        if (!direct) writeTiles(spare, 192, place, place + 8 * PLACE_BYTES, plane, rowSize, pools, toResidual, finishing);
        at += 32;
      }
    }
    for (; place < end; place += 4 * PLACE_BYTES) {
      combineColumns(at, step, spare, constants);
      const direct = !toResidual && !pools && isWhole(place);
      const a = direct ? plane + resultAt(place, 0) : spare, b = direct ? plane + resultAt(place, 1) : spare + 16;
      const c = direct ? plane + resultAt(place, 2) : spare + 32, d = direct ? plane + resultAt(place, 3) : spare + 48;
      const size = direct ? rowSize : 96;
      combineRows(spare, start, finishing, constants, a, b, c, d, size);
      if (pools) poolTiles(spare, 96);
      if (!direct) writeTiles(spare, 96, place, place + 4 * PLACE_BYTES, plane, rowSize, pools, toResidual, finishing);
      at += 16;
    }
  }
}

/** Where a tile's first result is in the first plane, of the tile so many places on. */
@inline
function resultAt(place: usize, tile: usize): usize {
  return changetype<Place>(place + tile * PLACE_BYTES).result;
}

/** Aᵀ·m of a quad: four rows of six columns, a row 96 bytes. */
function combineColumns(m: usize, step: usize, to: usize, constants: Constants): void {
  const row = step * 6;
  for (let column = 0; column < 6; column++) {
    const m1 = v128.load(m + row), m2 = v128.load(m + row * 2), m3 = v128.load(m + row * 3), m4 = v128.load(m + row * 4);
    const sum12 = f32x4.add(m1, m2), sum34 = f32x4.add(m3, m4);
    const u = timesP(f32x4.sub(m1, m2), constants), w = timesQ(f32x4.sub(m3, m4), constants);
    v128.store(to, result0(v128.load(m), sum12, sum34));
    v128.store(to, f32x4.add(u, w), 96);
    v128.store(to, result2(sum12, sum34, constants), 192);
    v128.store(to, result3(u, w, v128.load(m + row * 5), constants), 288);
    m += step;
    to += 16;
  }
}

/**
 * The rows of Aᵀ·m, times A, plus the value at `bias`, finished unless `finishing` is 0: four neighbours for each of four tiles, at `a`
 * to `d`, whose rows lie `rowSize` bytes apart. They may take the place of what they are made of.
 */
function combineRows(
  from: usize, bias: usize, finishing: usize, constants: Constants, a: usize, b: usize, c: usize, d: usize, rowSize: usize,
): void {
  const start = v128.load32_splat(bias);
  for (const end = from + 4 * 96; from < end; from += 96) {
    const m1 = v128.load(from, 16), m2 = v128.load(from, 32), m3 = v128.load(from, 48), m4 = v128.load(from, 64);
    const sum12 = f32x4.add(m1, m2), sum34 = f32x4.add(m3, m4);
    const u = timesP(f32x4.sub(m1, m2), constants), w = timesQ(f32x4.sub(m3, m4), constants);
    let y0 = f32x4.add(result0(v128.load(from), sum12, sum34), start), y1 = f32x4.add(f32x4.add(u, w), start);
    let y2 = f32x4.add(result2(sum12, sum34, constants), start);
    let y3 = f32x4.add(result3(u, w, v128.load(from, 80), constants), start);
    if (finishing) {
      y0 = finished(y0, finishing);
      y1 = finished(y1, finishing);
      y2 = finished(y2, finishing);
      y3 = finished(y3, finishing);
    }
    // Lanes become neighbours.
    const low01 = v128.shuffle<f32>(y0, y1, 0, 4, 1, 5), low23 = v128.shuffle<f32>(y2, y3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(y0, y1, 2, 6, 3, 7), high23 = v128.shuffle<f32>(y2, y3, 2, 6, 3, 7);
    v128.store(a, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(b, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    v128.store(c, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    v128.store(d, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    a += rowSize;
    b += rowSize;
    c += rowSize;
    d += rowSize;
  }
}

/** As `combineColumns`, of two quads side by side: a row is 192 bytes. */
function combineColumnPairs(m: usize, step: usize, to: usize, constants: Constants): void {
  const row = step * 6;
  for (let column = 0; column < 6; column++) {
    const m0 = v128.load(m), n0 = v128.load(m, 16);
    const m1 = v128.load(m + row), n1 = v128.load(m + row, 16), m2 = v128.load(m + row * 2), n2 = v128.load(m + row * 2, 16);
    const m3 = v128.load(m + row * 3), n3 = v128.load(m + row * 3, 16), m4 = v128.load(m + row * 4), n4 = v128.load(m + row * 4, 16);
    const m5 = v128.load(m + row * 5), n5 = v128.load(m + row * 5, 16);
    const sum12 = f32x4.add(m1, m2), sum34 = f32x4.add(m3, m4), add12 = f32x4.add(n1, n2), add34 = f32x4.add(n3, n4);
    const u = timesP(f32x4.sub(m1, m2), constants), w = timesQ(f32x4.sub(m3, m4), constants);
    const s = timesP(f32x4.sub(n1, n2), constants), t = timesQ(f32x4.sub(n3, n4), constants);
    storePair(to, result0(m0, sum12, sum34), result0(n0, add12, add34));
    storePair(to + 192, f32x4.add(u, w), f32x4.add(s, t));
    storePair(to + 384, result2(sum12, sum34, constants), result2(add12, add34, constants));
    storePair(to + 576, result3(u, w, m5, constants), result3(s, t, n5, constants));
    m += step;
    to += 32;
  }
}

/** As `combineRows`, of eight tiles in pairs of neighbours. */
function combineRowPairs(
  from: usize, bias: usize, constants: Constants, a: usize, b: usize, c: usize, d: usize, rowSize: usize,
): void {
  combineAndFinishPairs(from, bias, 0, false, constants, a, b, c, d, rowSize);
}

/** As `combineRowPairs`, finished. */
function finishRowPairs(
  from: usize, bias: usize, finishing: usize, constants: Constants, a: usize, b: usize, c: usize, d: usize, rowSize: usize,
): void {
  combineAndFinishPairs(from, bias, finishing, true, constants, a, b, c, d, rowSize);
}

@inline
function combineAndFinishPairs(
  from: usize, bias: usize, finishing: usize, finishes: bool, constants: Constants, a: usize, b: usize, c: usize, d: usize, rowSize: usize,
): void {
  const start = v128.load32_splat(bias);
  for (const end = from + 4 * 192; from < end; from += 192) {
    const m0 = v128.load(from), n0 = v128.load(from, 16), m1 = v128.load(from, 32), n1 = v128.load(from, 48);
    const m2 = v128.load(from, 64), n2 = v128.load(from, 80), m3 = v128.load(from, 96), n3 = v128.load(from, 112);
    const m4 = v128.load(from, 128), n4 = v128.load(from, 144), m5 = v128.load(from, 160), n5 = v128.load(from, 176);
    const sum12 = f32x4.add(m1, m2), sum34 = f32x4.add(m3, m4), add12 = f32x4.add(n1, n2), add34 = f32x4.add(n3, n4);
    const u = timesP(f32x4.sub(m1, m2), constants), w = timesQ(f32x4.sub(m3, m4), constants);
    const s = timesP(f32x4.sub(n1, n2), constants), t = timesQ(f32x4.sub(n3, n4), constants);
    let y0 = f32x4.add(result0(m0, sum12, sum34), start), z0 = f32x4.add(result0(n0, add12, add34), start);
    let y1 = f32x4.add(f32x4.add(u, w), start), z1 = f32x4.add(f32x4.add(s, t), start);
    let y2 = f32x4.add(result2(sum12, sum34, constants), start), z2 = f32x4.add(result2(add12, add34, constants), start);
    let y3 = f32x4.add(result3(u, w, m5, constants), start), z3 = f32x4.add(result3(s, t, n5, constants), start);
    if (finishes) {
      y0 = finished(y0, finishing), z0 = finished(z0, finishing);
      y1 = finished(y1, finishing), z1 = finished(z1, finishing);
      y2 = finished(y2, finishing), z2 = finished(z2, finishing);
      y3 = finished(y3, finishing), z3 = finished(z3, finishing);
    }
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

/** Writes what is inside of tiles, whose rows lie `step` bytes apart, plus the residual, if any, and its relu. Pooled ones are half as wide. */
function writeTiles(
  from: usize, step: usize, place: usize, end: usize, plane: usize, rowSize: usize, pools: i32, toResidual: usize, finishing: usize,
): void {
  for (; place < end; place += PLACE_BYTES) {
    const tile = changetype<Place>(place);
    const columns = tile.columns;
    let to = plane + tile.result;
    let at = from;
    for (let row = tile.rows; row > 0; row--) {
      let values = v128.load(at);
      if (toResidual) {
        values = f32x4.add(values, v128.load(to + toResidual));
        values = v128.andnot(values, f32x4.le(values, v128.load32_splat(finishing, 16)));
      }
      if (columns == 4) v128.store(to, values);
      else if (columns) storePart(to, values, columns);
      at += step;
      to += rowSize;
    }
    from += 16 >> pools;
  }
}

/** The largest of windows of 2 × 2, of the rows of tiles, in the place of every other one. */
function poolTiles(from: usize, step: usize): void {
  const windows = <i32>(step / 12);
  poolRows(from, step, from, windows);
  poolRows(from + step * 2, step, from + step, windows);
}
