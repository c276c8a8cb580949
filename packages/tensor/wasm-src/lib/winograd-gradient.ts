// The gradient of results, spread over the elements of tiles: P = A·dy·Aᵀ, with Aᵀ = [1 1 1 0; 0 1 −1 −1].
import { Tiles } from "./winograd-tiles";

/**
 * P[ξ][tile][lane] of `count` quads from quad `first` on, for four planes from `channel` on as lanes; tiles lie 32 bytes
 * apart. The signs of A's last row are left out. Lanes past the last channel repeat it.
 */
export function transformGradient(tiles: Tiles, dy: usize, first: i32, count: i32, channel: i32, p: usize, planeBytes: usize): void {
  const width = tiles.resultWidth;
  const height = tiles.resultHeight;
  const planeSize = <usize>(height * width) << 2;
  const last = tiles.resultChannels - channel - 1;
  const step1 = <usize>min(1, last) * planeSize;
  const step2 = <usize>min(2, last) * planeSize;
  const step3 = <usize>min(3, last) * planeSize;
  const rowSize = <usize>width << 2;
  const row = first / tiles.quads;
  let image = row / tiles.rows;
  let tileRow = row - image * tiles.rows;
  let quad = first - row * tiles.quads;
  for (let i = 0; i < count; i++) {
    const at = dy + <usize>(image * tiles.resultChannels + channel) * planeSize + (<usize>(2 * tileRow * width + 8 * quad) << 2);
    const columns = i32x4.splat(width - 8 * quad);
    const second = 2 * tileRow + 1 < height;
    const below = second ? at + rowSize : at;
    const rows = i32x4.splat(second ? -1 : 0);
    for (let half = 0; half < 2; half++) {
      const mask = i32x4.gt_s(columns, half ? i32x4(4, 5, 6, 7) : i32x4(0, 1, 2, 3));
      const mask2 = v128.and(mask, rows);
      const offset = <usize>half << 4;
      let from = at + offset;
      const a = v128.and(v128.load(from), mask);
      const b = v128.and(v128.load(from + step1), mask);
      const c = v128.and(v128.load(from + step2), mask);
      const d = v128.and(v128.load(from + step3), mask);
      from = below + offset;
      const e = v128.and(v128.load(from), mask2);
      const f = v128.and(v128.load(from + step1), mask2);
      const g = v128.and(v128.load(from + step2), mask2);
      const h = v128.and(v128.load(from + step3), mask2);
      // Lanes become channels, for each of the four columns of two tiles.
      const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      const ef0 = v128.shuffle<f32>(e, f, 0, 4, 1, 5), ef1 = v128.shuffle<f32>(e, f, 2, 6, 3, 7);
      const gh0 = v128.shuffle<f32>(g, h, 0, 4, 1, 5), gh1 = v128.shuffle<f32>(g, h, 2, 6, 3, 7);
      spreadTile(
        v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5), v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7),
        v128.shuffle<f32>(ef0, gh0, 0, 1, 4, 5), v128.shuffle<f32>(ef0, gh0, 2, 3, 6, 7), p, planeBytes,
      );
      spreadTile(
        v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5), v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7),
        v128.shuffle<f32>(ef1, gh1, 0, 1, 4, 5), v128.shuffle<f32>(ef1, gh1, 2, 3, 6, 7), p + 32, planeBytes,
      );
      p += 64;
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

/** A tile's [y00 y01; y10 y11] becomes 4 × 4. */
@inline
function spreadTile(y00: v128, y01: v128, y10: v128, y11: v128, p: usize, planeBytes: usize): void {
  storeRow(p, planeBytes, y00, y01);
  storeRow(p + planeBytes * 4, planeBytes, f32x4.add(y00, y10), f32x4.add(y01, y11));
  storeRow(p + planeBytes * 8, planeBytes, f32x4.sub(y00, y10), f32x4.sub(y01, y11));
  storeRow(p + planeBytes * 12, planeBytes, y10, y11);
}

@inline
function storeRow(p: usize, planeBytes: usize, y0: v128, y1: v128): void {
  v128.store(p, y0);
  v128.store(p + planeBytes, f32x4.add(y0, y1));
  v128.store(p + planeBytes * 2, f32x4.sub(y0, y1));
  v128.store(p + planeBytes * 3, y1);
}
