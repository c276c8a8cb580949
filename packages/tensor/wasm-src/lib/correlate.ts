// The inner loops of convolution and of its input gradient: sums over the taps of a kernel that lie at tabled offsets from each
// position.
import { madd, storeFour, turnFour } from "./lanes";
import { Start, Tabled, sumTile } from "./tile";

/** Bytes that sums are kept in on their way to where they belong. */
export const SPARE_BYTES: i32 = 256;

/**
 * Four planes of sums: y[lane][p] = start[lane] + Σ_u w[u][lane] · x[p + offset[u]] for `count` positions p, eight at a
 * time; up to seven more are written. Offsets, `weightStep` between taps, and `yPlane`, the distance of planes, are in bytes.
 */
export function correlateFour(
  x: usize, offsets: usize, taps: i32, weights: usize, weightStep: usize, start: usize, y: usize, yPlane: usize, count: i32,
): void {
  const end = offsets + (<usize>taps << 2);
  if (WIDE) {
    // Sums of 256 bits: as many as hide their latency.
    for (; count > 8; count -= 16) {
      sumTile(
        false, true,
        weights, weightStep, false, 0, 0, 0,
        x, 0, 0,
        Tabled.Columns, offsets, end,
        Start.Rows, start, 0, 0,
        y, yPlane, 32,
      );
      x += 64;
      y += 64;
    }
  }
  for (; count > 0; count -= 8) {
    sumTile(
      false, false,
      weights, weightStep, false, 0, 0, 0,
      x, 0, 0,
      Tabled.Columns, offsets, end,
      Start.Rows, start, 0, 0,
      y, yPlane, 32,
    );
    x += 32;
    y += 32;
  }
}

/**
 * Sixteen planes of sums, for four positions at a time; up to three more are written. Lanes are planes here, for the weights of a
 * tap lie side by side whatever the positions do; at the end they are turned around, by way of `SPARE_BYTES` bytes at `spare`.
 */
export function correlateSixteen(
  x: usize, offsets: usize, taps: i32, weights: usize, start: usize, y: usize, yPlane: usize, count: i32, spare: usize,
): void {
  const end = offsets + (<usize>taps << 2);
  for (; count > 0; count -= 4) {
    sumTile(
      false, true,
      x, 0, false, 0, 0, 0,
      weights, 64, 0,
      Tabled.Rows, offsets, end,
      Start.Columns, start, 0, 0,
      spare, 64, 32,
    );
    for (let lane: usize = 0; lane < 16; lane += 4) turnFour(spare + (lane << 2), 64, y + lane * yPlane, yPlane);
    x += 16;
    y += 16;
  }
}

/** One plane of sums, sixteen positions at a time; up to fifteen more are written. */
export function correlateOne(x: usize, offsets: usize, taps: i32, weights: usize, start: usize, y: usize, count: i32): void {
  const end = offsets + (<usize>taps << 2);
  if (WIDE) {
    for (; count > 48; count -= 64) {
      correlatePositions(true, x, offsets, end, weights, start, y);
      x += 256;
      y += 256;
    }
  }
  for (; count > 0; count -= 16) {
    correlatePositions(false, x, offsets, end, weights, start, y);
    x += 64;
    y += 64;
  }
}

/** A plane's sums for sixteen positions, or for 64 if `wide`. */
@inline
function correlatePositions(wide: bool, x: usize, offsets: usize, end: usize, w: usize, start: usize, y: usize): void {
  let c0 = v128.load32_splat(start), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
  let d0 = c0, d1 = c0, d2 = c0, d3 = c0, d4 = c0, d5 = c0, d6 = c0, d7 = c0;
  for (let tap = offsets; tap < end; tap += 4) {
    const at = x + load<u32>(tap);
    const a = v128.load32_splat(w);
    c0 = madd(a, v128.load(at), c0);
    c1 = madd(a, v128.load(at, 16), c1);
    c2 = madd(a, v128.load(at, 32), c2);
    c3 = madd(a, v128.load(at, 48), c3);
    if (wide) {
      c4 = madd(a, v128.load(at, 64), c4);
      c5 = madd(a, v128.load(at, 80), c5);
      c6 = madd(a, v128.load(at, 96), c6);
      c7 = madd(a, v128.load(at, 112), c7);
      d0 = madd(a, v128.load(at, 128), d0);
      d1 = madd(a, v128.load(at, 144), d1);
      d2 = madd(a, v128.load(at, 160), d2);
      d3 = madd(a, v128.load(at, 176), d3);
      d4 = madd(a, v128.load(at, 192), d4);
      d5 = madd(a, v128.load(at, 208), d5);
      d6 = madd(a, v128.load(at, 224), d6);
      d7 = madd(a, v128.load(at, 240), d7);
    }
    w += 4;
  }
  storeFour(y, c0, c1, c2, c3);
  if (!wide) return;
  storeFour(y + 64, c4, c5, c6, c7);
  storeFour(y + 128, d0, d1, d2, d3);
  storeFour(y + 192, d4, d5, d6, d7);
}
