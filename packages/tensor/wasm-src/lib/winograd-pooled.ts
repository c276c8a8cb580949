// From products to the largest results of windows of 2 × 2, of which a tile has four.
import { Finish, finishingOf, floored, scaled } from "./finish";
import { Constants, result0, result2, result3, storePair, timesP, timesQ } from "./winograd-lines";
import { combineColumnPairs, combineColumns } from "./winograd-result";
import { PLACE_BYTES, Place, Tiles, Workspace, groupsPairs } from "./winograd-tiles";
import { largerOf } from "./windows";

/** As `writeResults` of winograd-result.ts, for results that are pooled: tiles were placed so. */
export function writePooled(
  tiles: Tiles, m: usize, step: usize, count: i32, channel: i32, bias: usize, y: usize, finish: Finish, workspace: Workspace,
): void {
  const rowSize = <usize>(tiles.resultWidth >> 1) << 2;
  const planeSize = <usize>(tiles.resultHeight >> 1) * rowSize;
  const lanes = min(4, tiles.resultChannels - channel);
  const end = workspace.places + <usize>count * PLACE_BYTES;
  const constants = workspace.constants;
  const spare = workspace.spare;
  for (let lane = 0; lane < lanes; lane++) {
    const start = bias ? bias + (<usize>(channel + lane) << 2) : workspace.zeros;
    const plane = y + <usize>(channel + lane) * planeSize;
    const finishing = finishingOf(finish, channel + lane, workspace.finishing);
    let at = m + <usize>lane * (step >> 2);
    let place = workspace.places;
    if (groupsPairs(tiles)) {
      for (; place + 8 * PLACE_BYTES <= end; place += 8 * PLACE_BYTES) {
        combineColumnPairs(at, step, spare, constants);
        poolRowPairs(spare, start, finishing, constants);
        for (let tile: usize = 0; tile < 8; tile++) {
          // Even ones lie before odd ones, two and two.
          const from = spare + ((tile >> 2) << 5) + ((tile & 1) << 4) + ((tile & 2) << 2);
          writeTile(from, 64, changetype<Place>(place + tile * PLACE_BYTES), plane, rowSize);
        }
        at += 32;
      }
    }
    for (; place < end; place += 4 * PLACE_BYTES) {
      combineColumns(at, step, spare, constants);
      poolRows(spare, start, finishing, constants);
      for (let tile: usize = 0; tile < 4; tile++)
        writeTile(spare + (tile << 3), 32, changetype<Place>(place + tile * PLACE_BYTES), plane, rowSize);
      at += 16;
    }
  }
}

/** The rows of Aᵀ·m, times A, plus the value at `bias`, finished and pooled: in their place, two rows of two for each of four tiles. */
function poolRows(from: usize, bias: usize, finishing: usize, constants: Constants): void {
  let to = from;
  for (const end = from + 4 * 96; from < end; from += 192) {
    let p = f32x4.splat(0), q = p;
    for (let row = 0; row < 2; row++) {
      const at = from + <usize>row * 96;
      const m1 = v128.load(at, 16), m2 = v128.load(at, 32), m3 = v128.load(at, 48), m4 = v128.load(at, 64);
      const sum12 = f32x4.add(m1, m2), sum34 = f32x4.add(m3, m4);
      const u = timesP(f32x4.sub(m1, m2), constants), w = timesQ(f32x4.sub(m3, m4), constants);
      const left = largerOf(
        biased(result0(v128.load(at), sum12, sum34), bias, finishing), biased(f32x4.add(u, w), bias, finishing),
      );
      const right = largerOf(
        biased(result2(sum12, sum34, constants), bias, finishing), biased(result3(u, w, v128.load(at, 80), constants), bias, finishing),
      );
      p = row ? largerOf(p, left) : left;
      q = row ? largerOf(q, right) : right;
    }
    p = floored(p, finishing);
    q = floored(q, finishing);
    v128.store(to, v128.shuffle<f32>(p, q, 0, 4, 1, 5));
    v128.store(to, v128.shuffle<f32>(p, q, 2, 6, 3, 7), 16);
    to += 32;
  }
}

/** As `poolRows`, of eight tiles in pairs of neighbours. */
function poolRowPairs(from: usize, bias: usize, finishing: usize, constants: Constants): void {
  let to = from;
  for (const end = from + 4 * 192; from < end; from += 384) {
    const m0 = v128.load(from), n0 = v128.load(from, 16), m1 = v128.load(from, 32), n1 = v128.load(from, 48);
    const m2 = v128.load(from, 64), n2 = v128.load(from, 80), m3 = v128.load(from, 96), n3 = v128.load(from, 112);
    const m4 = v128.load(from, 128), n4 = v128.load(from, 144), m5 = v128.load(from, 160), n5 = v128.load(from, 176);
    const sum12 = f32x4.add(m1, m2), sum34 = f32x4.add(m3, m4), add12 = f32x4.add(n1, n2), add34 = f32x4.add(n3, n4);
    const u = timesP(f32x4.sub(m1, m2), constants), w = timesQ(f32x4.sub(m3, m4), constants);
    const s = timesP(f32x4.sub(n1, n2), constants), t = timesQ(f32x4.sub(n3, n4), constants);
    const left = largerOf(biased(result0(m0, sum12, sum34), bias, finishing), biased(f32x4.add(u, w), bias, finishing));
    const left2 = largerOf(biased(result0(n0, add12, add34), bias, finishing), biased(f32x4.add(s, t), bias, finishing));
    const right = largerOf(biased(result2(sum12, sum34, constants), bias, finishing), biased(result3(u, w, m5, constants), bias, finishing));
    const right2 = largerOf(biased(result2(add12, add34, constants), bias, finishing), biased(result3(s, t, n5, constants), bias, finishing));
    const k0 = v128.load(from, 192), l0 = v128.load(from, 208), k1 = v128.load(from, 224), l1 = v128.load(from, 240);
    const k2 = v128.load(from, 256), l2 = v128.load(from, 272), k3 = v128.load(from, 288), l3 = v128.load(from, 304);
    const k4 = v128.load(from, 320), l4 = v128.load(from, 336), k5 = v128.load(from, 352), l5 = v128.load(from, 368);
    const below12 = f32x4.add(k1, k2), below34 = f32x4.add(k3, k4), under12 = f32x4.add(l1, l2), under34 = f32x4.add(l3, l4);
    const e = timesP(f32x4.sub(k1, k2), constants), f = timesQ(f32x4.sub(k3, k4), constants);
    const g = timesP(f32x4.sub(l1, l2), constants), h = timesQ(f32x4.sub(l3, l4), constants);
    let p = largerOf(left, largerOf(biased(result0(k0, below12, below34), bias, finishing), biased(f32x4.add(e, f), bias, finishing)));
    let p2 = largerOf(left2, largerOf(biased(result0(l0, under12, under34), bias, finishing), biased(f32x4.add(g, h), bias, finishing)));
    let q = largerOf(
      right, largerOf(biased(result2(below12, below34, constants), bias, finishing), biased(result3(e, f, k5, constants), bias, finishing)),
    );
    let q2 = largerOf(
      right2, largerOf(biased(result2(under12, under34, constants), bias, finishing), biased(result3(g, h, l5, constants), bias, finishing)),
    );
    p = floored(p, finishing), p2 = floored(p2, finishing);
    q = floored(q, finishing), q2 = floored(q2, finishing);
    storePair(to, v128.shuffle<f32>(p, q, 0, 4, 1, 5), v128.shuffle<f32>(p2, q2, 0, 4, 1, 5));
    storePair(to + 32, v128.shuffle<f32>(p, q, 2, 6, 3, 7), v128.shuffle<f32>(p2, q2, 2, 6, 3, 7));
    to += 64;
  }
}

/** A result, plus the value at `bias`, scaled. */
@inline
function biased(y: v128, bias: usize, finishing: usize): v128 {
  return scaled(f32x4.add(y, v128.load32_splat(bias)), finishing);
}

/** Writes the windows of a tile that are inside; its second row of them lies `step` bytes after the first. */
@inline
function writeTile(from: usize, step: usize, place: Place, plane: usize, rowSize: usize): void {
  let to = plane + place.result;
  for (let row = place.rows; row > 0; row--) {
    if (place.columns == 2) store<u64>(to, load<u64>(from));
    else if (place.columns) store<u32>(to, load<u32>(from));
    from += step;
    to += rowSize;
  }
}
