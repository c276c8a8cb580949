// The matrix products of Winograd convolution: for each element ξ of a tile, over channels or over tiles. Wide ones have eight sums of
// 256 bits, which hide their latency.
import { Start, Tabled, sumTile } from "./tile";

/**
 * m[lane][quad] = Σ_c u[c][lane] · v[c][quad] for four lanes and two quads, or four if `wide`: channels of v lie `rowBytes` apart, lanes of
 * m `laneBytes`.
 */
@inline
export function multiplyQuads(wide: bool, v: usize, rowBytes: usize, u: usize, channels: i32, m: usize, laneBytes: usize): void {
  const end = u + (<usize>channels << 4);
  sumTile(
    false, wide,
    u, 16, false, 0, 0, 0,
    v, rowBytes, 0,
    Tabled.Nothing, 0, end,
    Start.Zero, 0, 0, 0,
    m, laneBytes, 32,
  );
}

/**
 * sums[row][lane] += Σ_t v[row][t] · p[t][lane] for all rows, `rowBytes` apart in v, four at a time, eight lanes and `count` tiles t; if
 * `wide`, for two panels of p, `panelBytes` apart, whose sums lie `blockBytes` apart.
 */
@inline
export function addProducts(
  wide: bool, v: usize, rowBytes: usize, rows: i32, p: usize, panelBytes: usize, count: i32, sums: usize, blockBytes: usize,
): void {
  for (; rows > 0; rows -= 4) {
    const end = v + (<usize>count << 2);
    sumTile(
      false, wide,
      v, 4, true, rowBytes, rowBytes * 2, rowBytes * 3,
      p, 32, panelBytes - 32,
      Tabled.Nothing, 0, end,
      Start.Added, sums, 32, blockBytes,
      sums, 32, blockBytes,
    );
    v += rowBytes * 4;
    sums += 128;
  }
}
