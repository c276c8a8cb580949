// The gradient of results, spread over the elements of tiles: P = A·dy·Aᵀ.
import { storeSpread } from "./winograd-lines";
import { PLACE_BYTES, Place, Tiles, Workspace } from "./winograd-tiles";

/**
 * P[ξ][tile][lane] of `count` tiles, which `placeTiles` has placed, for four planes from `channel` on as lanes; tiles lie 32
 * bytes apart. Lanes past the last channel repeat it.
 */
export function transformGradient(
  tiles: Tiles, dy: usize, count: i32, channel: i32, p: usize, planeBytes: usize, workspace: Workspace,
): void {
  const planeSize = <usize>(tiles.resultHeight * tiles.resultWidth) << 2;
  const rowSize = <usize>tiles.resultWidth << 2;
  const last = tiles.resultChannels - channel - 1;
  const step1 = <usize>min(1, last) * planeSize;
  const step2 = <usize>min(2, last) * planeSize;
  const step3 = <usize>min(3, last) * planeSize;
  const spare = workspace.spare;
  dy += <usize>channel * planeSize;
  const end = workspace.places + <usize>count * PLACE_BYTES;
  for (let at = workspace.places; at < end; at += PLACE_BYTES) {
    const place = changetype<Place>(at);
    const mask = i32x4.gt_s(i32x4.splat(place.columns), i32x4(0, 1, 2, 3));
    let from = dy + place.result;
    let to = spare;
    for (let row = 0; row < 4; row++) {
      if (row < place.rows) {
        const a = v128.and(v128.load(from), mask);
        const b = v128.and(v128.load(from + step1), mask);
        const c = v128.and(v128.load(from + step2), mask);
        const d = v128.and(v128.load(from + step3), mask);
        // Lanes become channels.
        const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
        const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
        storeSpread(
          to, 16, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5), v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7),
          v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5), v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7),
        );
      } else {
        memory.fill(to, 0, 96);
      }
      from += rowSize;
      to += 96;
    }
    let target = p;
    for (let column = spare; column < spare + 96; column += 16) {
      storeSpread(target, planeBytes * 6, v128.load(column), v128.load(column, 96), v128.load(column, 192), v128.load(column, 288));
      target += planeBytes;
    }
    p += 32;
  }
}
