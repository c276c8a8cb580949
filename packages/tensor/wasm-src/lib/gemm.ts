// Matrix multiplication from packed panels: the micro-kernel and what fills its panels. After Goto & van de Geijn, "Anatomy
// of High-Performance Matrix Multiplication", ACM TOMS 34 (2008).
import { madd, storePair, turnFour } from "./lanes";

/** Rows and columns of the tile that the micro-kernel keeps in registers. */
export const TILE_ROWS: i32 = 4;
export const TILE_COLUMNS: i32 = 8;
/** Rows of a tile of 256 bits where there are enough. */
export const TALL_ROWS: i32 = 6;

/**
 * c[4, 8] = start + a·b for packed panels a[k][4] and b[k][8]. Rows of c and of start lie `cRow` and `startRow` bytes
 * apart. One step of k an iteration: unrolled, engines spill.
 */
export function multiplyTile(
  a: usize, b: usize, k: i32, start: usize, startRow: usize, c: usize, cRow: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    a += 16;
    b += 32;
  }
  storeRow(start, c, c00, c01);
  storeRow(start + startRow, c + cRow, c10, c11);
  storeRow(start + startRow * 2, c + cRow * 2, c20, c21);
  storeRow(start + startRow * 3, c + cRow * 3, c30, c31);
}

/** Both values are read before one is stored, or engines do not pair them. */
@inline
function storeRow(start: usize, c: usize, sum0: v128, sum1: v128): void {
  const start0 = v128.load(start);
  const start1 = v128.load(start, 16);
  storePair(c, f32x4.add(sum0, start0), f32x4.add(sum1, start1));
}

/** A row of two tiles. */
@inline
function storeRows(start: usize, startPanel: usize, c: usize, sum0: v128, sum1: v128, second0: v128, second1: v128): void {
  storeRow(start, c, sum0, sum1);
  storeRow(start + startPanel, c + 32, second0, second1);
}

/**
 * c[4, 16] = start + a·b as `multiplyTile` has it, for two panels of b, `bPanel` bytes apart. Starts of the second lie
 * `startPanel` bytes from those of the first. Eight sums of 256 bits hide their latency; in sums of 128 bits they are too many
 * for the registers.
 */
export function multiplyTwoTiles(
  a: usize, b: usize, bPanel: usize, k: i32, start: usize, startRow: usize, startPanel: usize, c: usize, cRow: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let d00 = c00, d01 = c00, d10 = c00, d11 = c00, d20 = c00, d21 = c00, d30 = c00, d31 = c00;
  let second = b + bPanel;
  for (; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const e0 = v128.load(second);
    const e1 = v128.load(second, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    d00 = madd(x, e0, d00);
    d01 = madd(x, e1, d01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    d10 = madd(x, e0, d10);
    d11 = madd(x, e1, d11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    d20 = madd(x, e0, d20);
    d21 = madd(x, e1, d21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    d30 = madd(x, e0, d30);
    d31 = madd(x, e1, d31);
    a += 16;
    b += 32;
    second += 32;
  }
  storeRows(start, startPanel, c, c00, c01, d00, d01);
  c += cRow;
  start += startRow;
  storeRows(start, startPanel, c, c10, c11, d10, d11);
  c += cRow;
  start += startRow;
  storeRows(start, startPanel, c, c20, c21, d20, d21);
  c += cRow;
  start += startRow;
  storeRows(start, startPanel, c, c30, c31, d30, d31);
}

/**
 * As `multiplyTwoTiles`, of six rows, from panels a[k][6]. Twelve sums of 256 bits keep both units busy also where one of them has to
 * wait; with what they are made of, they fill the registers.
 */
export function multiplyTallTiles(
  a: usize, b: usize, bPanel: usize, k: i32, start: usize, startRow: usize, startPanel: usize, c: usize, cRow: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, d00 = c00, d01 = c00;
  let c10 = c00, c11 = c00, d10 = c00, d11 = c00;
  let c20 = c00, c21 = c00, d20 = c00, d21 = c00;
  let c30 = c00, c31 = c00, d30 = c00, d31 = c00;
  let c40 = c00, c41 = c00, d40 = c00, d41 = c00;
  let c50 = c00, c51 = c00, d50 = c00, d51 = c00;
  let second = b + bPanel;
  for (; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16), e0 = v128.load(second), e1 = v128.load(second, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    d00 = madd(x, e0, d00);
    d01 = madd(x, e1, d01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    d10 = madd(x, e0, d10);
    d11 = madd(x, e1, d11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    d20 = madd(x, e0, d20);
    d21 = madd(x, e1, d21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    d30 = madd(x, e0, d30);
    d31 = madd(x, e1, d31);
    x = v128.load32_splat(a, 16);
    c40 = madd(x, b0, c40);
    c41 = madd(x, b1, c41);
    d40 = madd(x, e0, d40);
    d41 = madd(x, e1, d41);
    x = v128.load32_splat(a, 20);
    c50 = madd(x, b0, c50);
    c51 = madd(x, b1, c51);
    d50 = madd(x, e0, d50);
    d51 = madd(x, e1, d51);
    a += 24;
    b += 32;
    second += 32;
  }
  storeRows(start, startPanel, c, c00, c01, d00, d01);
  c += cRow;
  start += startRow;
  storeRows(start, startPanel, c, c10, c11, d10, d11);
  c += cRow;
  start += startRow;
  storeRows(start, startPanel, c, c20, c21, d20, d21);
  c += cRow;
  start += startRow;
  storeRows(start, startPanel, c, c30, c31, d30, d31);
  c += cRow;
  start += startRow;
  storeRows(start, startPanel, c, c40, c41, d40, d41);
  c += cRow;
  start += startRow;
  storeRows(start, startPanel, c, c50, c51, d50, d51);
}

/** A corner of the matrix that is smaller than a tile: made in `tile`, 128 bytes, and copied where it belongs. */
export function multiplyCorner(
  a: usize, b: usize, k: i32, start: usize, startRow: usize, c: usize, cRow: usize, rows: i32, columns: i32, tile: usize,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      store<f32>(tile + ((i * TILE_COLUMNS + j) << 2), load<f32>(start + <usize>i * startRow + (<usize>j << 2)));
    }
  }
  multiplyTile(a, b, k, tile, TILE_COLUMNS << 2, tile, TILE_COLUMNS << 2);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      store<f32>(c + <usize>i * cRow + (<usize>j << 2), load<f32>(tile + ((i * TILE_COLUMNS + j) << 2)));
    }
  }
}

/**
 * Packs a panel of `width` lines (4, 6 or 8) of `k` elements, to[k][width]. Element (line, i) lies at
 * `from + line·lineStep + i·step`, in bytes; lines from `lines` on are zero.
 */
@inline
export function packPanel(from: usize, lineStep: usize, step: usize, lines: i32, k: i32, to: usize, width: i32): void {
  if (lines == width && lineStep == 4) {
    for (let i = 0; i < k; i++) {
      v128.store(to, v128.load(from));
      if (width == 6) store<u64>(to, load<u64>(from, 16), 16);
      if (width == 8) v128.store(to, v128.load(from, 16), 16);
      from += step;
      to += width << 2;
    }
  } else if (lines == width && step == 4) {
    for (; k >= 4; k -= 4) {
      turnFour(from, lineStep, to, width << 2);
      if (width == 6) packTwoLines(from + 4 * lineStep, lineStep, to + 16, width);
      if (width == 8) turnFour(from + 4 * lineStep, lineStep, to + 16, width << 2);
      from += 16;
      to += width << 4;
    }
    packPlainly(from, lineStep, step, lines, k, to, width);
  } else {
    packPlainly(from, lineStep, step, lines, k, to, width);
  }
}

/** As `turnFour`, of two lines. */
@inline
function packTwoLines(from: usize, lineStep: usize, to: usize, width: i32): void {
  const a = v128.load(from);
  const b = v128.load(from + lineStep);
  const low = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const high = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  v128.store64_lane(to, low, 0);
  v128.store64_lane(to + (width << 2), low, 1);
  v128.store64_lane(to + (width << 3), high, 0);
  v128.store64_lane(to + width * 12, high, 1);
}

function packPlainly(from: usize, lineStep: usize, step: usize, lines: i32, k: i32, to: usize, width: i32): void {
  for (; k > 0; k--) {
    for (let line = 0; line < width; line++) {
      store<f32>(to + (line << 2), line < lines ? load<f32>(from + <usize>line * lineStep) : 0);
    }
    from += step;
    to += width << 2;
  }
}
