// Matrix products c[m, n] = start + a·b. Matrices are addressed by strides in bytes, so transposed ones cost nothing.
import {
  TALL_ROWS, TILE_COLUMNS, TILE_ROWS, multiplyCorner, multiplyTallTiles, multiplyTile, multiplyTwoTiles, packPanel,
} from "./lib/gemm";
import { dotFour, dotOne } from "./lib/dot";
import { threadScratch } from "./lib/thread";

/** Rows of a that are packed at once: with a slice of k, they fit the second-level cache. */
const BLOCK_ROWS: i32 = 96;

/** Bytes of scratch that `multiply` needs for each thread, for slices of k that are `depth` long. */
export function scratchSize(depth: i32): i32 {
  return 128 + (BLOCK_ROWS + TILE_ROWS) * depth * 4;
}

/**
 * Packs the k rows of b, slice by slice of `depth` rows and panel by panel of 8 columns: out[slice][panel][depth][8]. Panels
 * `from` to `to` are counted over slices.
 */
export function packColumns(
  from: i32, to: i32, b: usize, bRow: usize, bColumn: usize, n: i32, k: i32, depth: i32, out: usize,
): void {
  const panels = (n + TILE_COLUMNS - 1) / TILE_COLUMNS;
  for (let unit = from; unit < to; unit++) {
    const row = unit / panels * depth;
    const column = unit % panels * TILE_COLUMNS;
    const rows = min(depth, k - row);
    packPanel(
      b + <usize>row * bRow + <usize>column * bColumn, bColumn, bRow, min(TILE_COLUMNS, n - column), rows,
      out + (<usize>(panels * TILE_COLUMNS * row + column * rows) << 2), TILE_COLUMNS,
    );
  }
}

/**
 * Rows `from` to `to` of c = start + a·b for b as `packColumns` packs it; or, if `byPanels`, all `m` rows of panels `from` to `to`: for
 * matrices that are wide and not tall. `start` is addressed by row and column strides: c itself, a row or column of biases, or zeros.
 * What the first slice leaves in c, the next ones add to.
 */
export function multiplyPart(
  from: i32, to: i32, byPanels: i32, m: i32, n: i32, k: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, packed: usize,
  start: usize, startRow: usize, startColumn: usize, c: usize, cRow: usize, scratch: usize,
): void {
  const own = threadScratch(scratch, scratchSize(depth));
  const rowBytes = <usize>((n + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS) << 2;
  const fromRow = byPanels ? 0 : from, toRow = byPanels ? m : to;
  const fromColumn = byPanels ? from * TILE_COLUMNS : 0, toColumn = byPanels ? min(n, to * TILE_COLUMNS) : n;
  for (let done = 0; done < k; done += depth) {
    multiply(
      fromRow, toRow, fromColumn, toColumn, min(depth, k - done), a + <usize>done * aColumn, aRow, aColumn,
      packed + <usize>done * rowBytes, done ? c : start, done ? cRow : startRow, done ? 4 : startColumn, c, cRow, own,
    );
  }
}

function multiply(
  fromRow: i32, toRow: i32, fromColumn: i32, toColumn: i32, depth: i32, a: usize, aRow: usize, aColumn: usize, packed: usize,
  start: usize, startRow: usize, startColumn: usize, c: usize, cRow: usize, scratch: usize,
): void {
  const tile = scratch;
  const panels = scratch + 128;
  for (let row = fromRow; row < toRow; row += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, toRow - row);
    let tall = 0;
    if (WIDE) {
      tall = tallRows(rows, toColumn - fromColumn);
      for (let i = 0; i < tall; i += TALL_ROWS) {
        packPanel(a + <usize>(row + i) * aRow, aRow, aColumn, TALL_ROWS, depth, panels + <usize>(i * depth << 2), TALL_ROWS);
      }
    }
    for (let i = tall; i < rows; i += TILE_ROWS) {
      packPanel(
        a + <usize>(row + i) * aRow, aRow, aColumn, min(TILE_ROWS, rows - i), depth, panels + <usize>(i * depth << 2), TILE_ROWS,
      );
    }
    let column = fromColumn;
    if (WIDE) {
      for (; column + 2 * TILE_COLUMNS <= toColumn; column += 2 * TILE_COLUMNS) {
        const b = packed + <usize>(column * depth << 2);
        const bPanel = <usize>(TILE_COLUMNS * depth) << 2;
        const startPanel = TILE_COLUMNS * startColumn;
        for (let i = 0; i < tall; i += TALL_ROWS) {
          const from = start + <usize>(row + i) * startRow + <usize>column * startColumn;
          const to = c + <usize>(row + i) * cRow + (<usize>column << 2);
          multiplyTallTiles(panels + <usize>(i * depth << 2), b, bPanel, depth, from, startRow, startPanel, to, cRow);
        }
        for (let i = tall; i < rows; i += TILE_ROWS) {
          const left = rows - i;
          const panel = panels + <usize>(i * depth << 2);
          const from = start + <usize>(row + i) * startRow + <usize>column * startColumn;
          const to = c + <usize>(row + i) * cRow + (<usize>column << 2);
          if (left >= TILE_ROWS) {
            multiplyTwoTiles(panel, b, bPanel, depth, from, startRow, startPanel, to, cRow);
          } else {
            multiplyCorner(panel, b, depth, from, startRow, to, cRow, left, TILE_COLUMNS, tile);
            multiplyCorner(panel, b + bPanel, depth, from + startPanel, startRow, to + 32, cRow, left, TILE_COLUMNS, tile);
          }
        }
      }
    }
    for (; column < toColumn; column += TILE_COLUMNS) {
      const columns = min(TILE_COLUMNS, toColumn - column);
      const b = packed + <usize>(column * depth << 2);
      for (let i = 0; i < rows; i += TILE_ROWS) {
        const left = rows - i;
        const panel = panels + <usize>(i * depth << 2);
        const from = start + <usize>(row + i) * startRow + <usize>column * startColumn;
        const to = c + <usize>(row + i) * cRow + (<usize>column << 2);
        if (left >= TILE_ROWS && columns == TILE_COLUMNS) multiplyTile(panel, b, depth, from, startRow, to, cRow);
        else multiplyCorner(panel, b, depth, from, startRow, to, cRow, min(left, TILE_ROWS), columns, tile);
      }
    }
  }
}

/**
 * How many of a block's rows are multiplied in tall tiles, which are two panels wide: of the rest none, or enough for a tile of the
 * usual size.
 */
function tallRows(rows: i32, columns: i32): i32 {
  if (columns % (2 * TILE_COLUMNS) != 0) return 0;
  const left = rows % TALL_ROWS;
  const tall = rows - left;
  return tall > 0 && left > 0 && left < TILE_ROWS ? tall - TALL_ROWS : tall;
}

/**
 * Products `from` to `to` of a batch of small matrices, whole k at once. `offsets` holds, for each, the byte offsets of
 * its a and its b as int32; the results follow each other. `start` as in `multiplyPart`.
 */
export function multiplyBatch(
  from: i32, to: i32, m: i32, n: i32, k: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize,
  start: usize, startRow: usize, startColumn: usize, c: usize, offsets: usize, scratch: usize,
): void {
  const panels = (n + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const own = threadScratch(scratch, batchScratchSize(n, k));
  const packed = own + scratchSize(k);
  for (let i = from; i < to; i++) {
    const at = offsets + (<usize>i << 3);
    packColumns(0, panels, b + load<u32>(at, 4), bRow, bColumn, n, k, k, packed);
    multiply(
      0, m, 0, n, k, a + load<u32>(at), aRow, aColumn, packed, start, startRow, startColumn,
      c + <usize>(i * m * n << 2), <usize>n << 2, own,
    );
  }
}

/** Bytes of scratch that `multiplyBatch` needs for each thread. */
export function batchScratchSize(n: i32, k: i32): i32 {
  return scratchSize(k) + ((n + TILE_COLUMNS - 1) & ~(TILE_COLUMNS - 1)) * k * 4;
}

/** Columns that `multiplyDots` makes together. */
const DOTS: i32 = 4;

/**
 * Blocks `from` to `to`, of four columns each, of c[m, n] = bias + a·bᵀ for few rows: each a dot product of a row of a and
 * a row of b, both `k` long, so that b is read once and not packed. `bias` may be 0.
 */
export function multiplyDots(
  from: i32, to: i32, m: i32, n: i32, k: i32, a: usize, aRow: usize, b: usize, bRow: usize, bias: usize, c: usize,
): void {
  for (let column = from * DOTS; column < min(n, to * DOTS); column += DOTS) {
    const columns = min(DOTS, n - column);
    const lines = b + <usize>column * bRow;
    for (let i = 0; i < m; i++) {
      const x = a + <usize>i * aRow;
      const at = c + (<usize>(i * n + column) << 2);
      if (columns == DOTS) {
        const sums = dotFour(x, lines, bRow, k);
        v128.store(at, bias == 0 ? sums : f32x4.add(sums, v128.load(bias + (<usize>column << 2))));
      } else {
        for (let j = 0; j < columns; j++) {
          const sum = dotOne(x, lines + <usize>j * bRow, k);
          store<f32>(at + (<usize>j << 2), bias == 0 ? sum : sum + load<f32>(bias + (<usize>(column + j) << 2)));
        }
      }
    }
  }
}
