// The gradient of results, spread over the elements of tiles: P = A·dy·Aᵀ.
import { Constants, storeSpread } from "./winograd-lines";
import { PLACE_BYTES, Place, Tiles, Workspace, groupsPairs } from "./winograd-tiles";

/**
 * P[ξ][tile][lane] of `count` tiles, which `placeTiles` has placed, for four planes from `channel` on as lanes; tiles lie 32
 * bytes apart. Lanes past the last channel repeat it.
 */
export function transformGradient(
  tiles: Tiles, dy: usize, count: i32, channel: i32, p: usize, planeBytes: usize, workspace: Workspace,
): void {
  const spare = workspace.spare;
  for (let tile = 0; tile < count; tile++) {
    const place = changetype<Place>(workspace.places + <usize>tile * PLACE_BYTES);
    spreadRows(tiles, dy, channel, place, spare, 16, workspace.constants);
    let target = p + (<usize>laneOf(tiles, tile, count) << 5);
    for (let column = spare; column < spare + 96; column += 16) {
      storeSpread(
        target, planeBytes * 6, workspace.constants, v128.load(column), v128.load(column, 96), v128.load(column, 192), v128.load(column, 288),
      );
      target += planeBytes;
    }
  }
}

/** As `transformGradient`, for eight planes. */
export function transformGradientPairs(
  tiles: Tiles, dy: usize, count: i32, channel: i32, p: usize, planeBytes: usize, workspace: Workspace,
): void {
  const spare = workspace.spare;
  for (let tile = 0; tile < count; tile++) {
    const place = changetype<Place>(workspace.places + <usize>tile * PLACE_BYTES);
    spreadRows(tiles, dy, channel, place, spare, 32, workspace.constants);
    spreadRows(tiles, dy, channel + 4, place, spare + 16, 32, workspace.constants);
    spreadColumnPairs(spare, p + (<usize>laneOf(tiles, tile, count) << 5), planeBytes, workspace.constants);
  }
}

/** What `spreadRows` made, of two vectors for each column side by side, times Aᵀ. */
function spreadColumnPairs(from: usize, to: usize, planeBytes: usize, constants: Constants): void {
  for (const end = from + 192; from < end; from += 32) {
    storeSpread(
      to, planeBytes * 6, constants, v128.load(from), v128.load(from, 192), v128.load(from, 384), v128.load(from, 576),
      true, v128.load(from, 16), v128.load(from, 208), v128.load(from, 400), v128.load(from, 592),
    );
    to += planeBytes;
  }
}

/** Which lane of V has a tile: as `transformRows` puts them. */
@inline
function laneOf(tiles: Tiles, tile: i32, count: i32): i32 {
  if (!groupsPairs(tiles) || (tile | 7) >= count) return tile;
  return (tile & ~7) + ((tile & 7) >> 1) + ((tile & 1) << 2);
}

/** A·dy of a tile, for four planes from `channel` on as lanes: six columns `step` bytes apart in each of four rows. */
@inline
function spreadRows(tiles: Tiles, dy: usize, channel: i32, place: Place, to: usize, step: usize, constants: Constants): void {
  const planeSize = <usize>(tiles.resultHeight * tiles.resultWidth) << 2;
  const rowSize = <usize>tiles.resultWidth << 2;
  const last = tiles.resultChannels - channel - 1;
  const step1 = <usize>min(1, last) * planeSize;
  const step2 = <usize>min(2, last) * planeSize;
  const step3 = <usize>min(3, last) * planeSize;
  const mask = i32x4.gt_s(i32x4.splat(place.columns), i32x4(0, 1, 2, 3));
  let from = dy + <usize>channel * planeSize + place.result;
  for (let row = 0; row < 4; row++) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    if (row < place.rows) {
      a = v128.and(v128.load(from), mask);
      b = v128.and(v128.load(from + step1), mask);
      c = v128.and(v128.load(from + step2), mask);
      d = v128.and(v128.load(from + step3), mask);
    }
    // Lanes become channels.
    const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    storeSpread(
      to, step, constants, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5), v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7),
      v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5), v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7),
    );
    from += rowSize;
    to += step * 6;
  }
}
