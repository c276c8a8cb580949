// Matrix multiplication from packed panels: the micro-kernel and what fills its panels. After Goto & van de Geijn, "Anatomy
// of High-Performance Matrix Multiplication", ACM TOMS 34 (2008).
import { turnFour } from "./lanes";
import { Start, Tabled, sumTile } from "./tile";

/** Rows and columns of the tile that the micro-kernel keeps in registers. */
export const TILE_ROWS: i32 = 4;
export const TILE_COLUMNS: i32 = 8;
/** Rows of a tile of 256 bits where there are enough. */
export const TALL_ROWS: i32 = 6;

/**
 * c[4, 8] = start + a·b for packed panels a[k][4] and b[k][8]. Rows of c and of start lie `cRow` and `startRow` bytes
 * apart.
 */
export function multiplyTile(
  a: usize, b: usize, k: i32, start: usize, startRow: usize, c: usize, cRow: usize,
): void {
  const end = a + (<usize>k << 4);
  sumTile(
    false, false,
    a, 16, false, 0, 0, 0,
    b, 32, 0,
    Tabled.Nothing, 0, end,
    Start.Added, start, startRow, 0,
    c, cRow, 32,
  );
}

/**
 * c[4, 16] = start + a·b as `multiplyTile` has it, for two panels of b, `bPanel` bytes apart. Starts of the second lie
 * `startPanel` bytes from those of the first. Eight sums of 256 bits hide their latency; in sums of 128 bits they are too many
 * for the registers.
 */
export function multiplyTwoTiles(
  a: usize, b: usize, bPanel: usize, k: i32, start: usize, startRow: usize, startPanel: usize, c: usize, cRow: usize,
): void {
  const end = a + (<usize>k << 4);
  sumTile(
    false, true,
    a, 16, false, 0, 0, 0,
    b, 32, bPanel - 32,
    Tabled.Nothing, 0, end,
    Start.Added, start, startRow, startPanel,
    c, cRow, 32,
  );
}

/**
 * As `multiplyTwoTiles`, of six rows, from panels a[k][6]. Twelve sums of 256 bits keep both units busy also where one of them has to
 * wait; with what they are made of, they fill the registers.
 */
export function multiplyTallTiles(
  a: usize, b: usize, bPanel: usize, k: i32, start: usize, startRow: usize, startPanel: usize, c: usize, cRow: usize,
): void {
  const end = a + 24 * <usize>k;
  sumTile(
    true, true,
    a, 24, false, 0, 0, 0,
    b, 32, bPanel - 32,
    Tabled.Nothing, 0, end,
    Start.Added, start, startRow, startPanel,
    c, cRow, 32,
  );
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
