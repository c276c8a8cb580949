// Tiles of 6 × 6 that overlap by two, cut from images and transformed: V = Bᵀ·d·B. A quad is four tiles that follow each
// other, whatever rows and images they are from, one in each lane.
import { FINISHING_BYTES } from "./finish";
import { Constants, storeInputs, writeConstants } from "./winograd-lines";

/** How images are cut into tiles. They are numbered through a row of tiles, then the rows, then the images. */
@unmanaged
export class Tiles {
  /** Planes of an image, and their rows and columns. */
  channels: i32;
  height: i32;
  width: i32;
  /** Zeros above the first row and left of the first column, of which some bytes before a row are read. */
  top: i32;
  left: i32;
  /** Rows of tiles, and tiles in a row. */
  rows: i32;
  columns: i32;
  /** Planes of the results, four rows and columns a tile, and their rows and columns. */
  resultChannels: i32;
  resultHeight: i32;
  resultWidth: i32;
  /** Bytes of a line of `Workspace.lines`. */
  lineBytes: i32;
}

/** Where a thread has what it needs for a block of tiles besides their elements. */
@unmanaged
export class Workspace {
  constants: Constants;
  /** Room for what `finishingOf` makes. */
  finishing: usize;
  /** A row of zeros, that stands in for those outside the image. */
  zeros: usize;
  /** A row of masks, of the columns inside the image. */
  masks: usize;
  /** A channel's rows after the first transform: six lines. */
  lines: usize;
  /** The `Place` of each tile. */
  places: usize;
  /** Room for the elements of two quads between two transforms. */
  spare: usize;
}

/** A tile of a block. */
@unmanaged
export class Place {
  /** Where its first column is in a line. */
  line: usize;
  /** Where its first result is in the first plane of the results. */
  result: usize;
  /** Results that it has, up to four each way. */
  rows: i32;
  columns: i32;
}

export const PLACE_BYTES: usize = offsetof<Place>();

/** Bytes that a row of tiles reads of a row. */
@inline
function rowBytesOf(columns: i32): usize {
  return (<usize>columns << 4) + 16;
}

/** Bytes of `Workspace.spare`. */
const SPARE_BYTES: usize = 48 * 16;

/** Lays out a workspace at `scratch`, with masks and zeros, for blocks of `block` tiles. */
export function prepareWorkspace(tiles: Tiles, block: i32, scratch: usize): Workspace {
  const bytes = rowBytesOf(tiles.columns);
  const workspace = changetype<Workspace>(scratch);
  workspace.constants = changetype<Constants>(scratch + 32);
  writeConstants(workspace.constants);
  workspace.finishing = scratch + 48;
  workspace.zeros = scratch + 48 + FINISHING_BYTES;
  workspace.masks = workspace.zeros + bytes;
  workspace.spare = workspace.masks + bytes;
  workspace.places = workspace.spare + SPARE_BYTES;
  workspace.lines = workspace.places + <usize>block * PLACE_BYTES;
  memory.fill(workspace.zeros, 0, 2 * bytes);
  memory.fill(workspace.masks + (<usize>tiles.left << 2), 0xff, <usize>min(tiles.width, (tiles.columns << 2) + 2 - tiles.left) << 2);
  return workspace;
}

/**
 * Fills `places` for `count` tiles from tile `first` on, and for as many as complete the last quad. `halving` is 1 where results are
 * pooled, which leaves half of the rows and columns, and else 0.
 */
export function placeTiles(tiles: Tiles, first: i32, count: i32, workspace: Workspace, halving: i32 = 0): void {
  const width = tiles.resultWidth >> halving;
  const planeSize = (tiles.resultHeight >> halving) * width;
  const side = 4 >> halving;
  const row = first / tiles.columns;
  let image = row / tiles.rows;
  let tileRow = row - image * tiles.rows;
  let column = first - row * tiles.columns;
  let line: usize = 0;
  let at = workspace.places;
  for (let i = 0; i < count; i++) {
    const place = changetype<Place>(at);
    place.line = line;
    place.result = <usize>(image * tiles.resultChannels * planeSize + side * (tileRow * width + column)) << 2;
    place.rows = min(4, tiles.resultHeight - 4 * tileRow) >> halving;
    place.columns = min(4, tiles.resultWidth - 4 * column) >> halving;
    line += 16;
    at += PLACE_BYTES;
    if (++column == tiles.columns) {
      column = 0;
      line += 16;
      if (++tileRow == tiles.rows) {
        tileRow = 0;
        image++;
      }
    }
  }
  for (; count & 3; count++) {
    changetype<Place>(at).line = 0;
    changetype<Place>(at).rows = 0;
    at += PLACE_BYTES;
  }
}

/** Whether the four tiles of a quad have all their results. */
@inline
export function isWhole(place: usize): bool {
  const sizes = v128.and(
    v128.and(v128.load(place), v128.load(place + PLACE_BYTES)), v128.and(v128.load(place + 2 * PLACE_BYTES), v128.load(place + 3 * PLACE_BYTES)),
  );
  return (i32x4.extract_lane(sizes, 2) & i32x4.extract_lane(sizes, 3)) == 4;
}

/**
 * V[ξ][channel][quad] of `count` tiles from tile `first` on, which `placeTiles` has placed, ξ counting the elements of a
 * tile. Planes of ξ lie `planeBytes` apart, channels `rowBytes`, quads 16.
 */
export function transformTiles(
  tiles: Tiles, x: usize, first: i32, count: i32, workspace: Workspace, v: usize, planeBytes: usize, rowBytes: usize,
): void {
  const row = first / tiles.columns;
  const image = row / tiles.rows;
  const planeSize = <usize>(tiles.height * tiles.width) << 2;
  let plane = x + <usize>(image * tiles.channels) * planeSize;
  for (let channel = tiles.channels; channel > 0; channel--) {
    transformColumns(tiles, plane, row - image * tiles.rows, first - row * tiles.columns, count, workspace);
    transformRows(tiles, count, workspace, v, planeBytes);
    plane += planeSize;
    v += rowBytes;
  }
}

/** Bᵀ·d of a channel, one line for each row of a tile; `plane` is that of the first tile's image. */
function transformColumns(tiles: Tiles, plane: usize, tileRow: i32, column: i32, count: i32, workspace: Workspace): void {
  const rowSize = <usize>tiles.width << 2;
  const imageBytes = <usize>tiles.channels * <usize>tiles.height * rowSize;
  const step = <usize>tiles.lineBytes;
  let to = workspace.lines;
  while (count > 0) {
    const run = min(tiles.columns - column, count);
    const row = 4 * tileRow - tiles.top;
    const from = plane + <usize>((row * tiles.width + 4 * column - tiles.left) << 2);
    const d0 = rowAt(tiles, row, from, workspace);
    const d1 = rowAt(tiles, row + 1, from + rowSize, workspace);
    const d2 = rowAt(tiles, row + 2, from + rowSize * 2, workspace);
    const d3 = rowAt(tiles, row + 3, from + rowSize * 3, workspace);
    const d4 = rowAt(tiles, row + 4, from + rowSize * 4, workspace);
    const d5 = rowAt(tiles, row + 5, from + rowSize * 5, workspace);
    const masks = workspace.masks + (<usize>column << 4);
    const end = rowBytesOf(run);
    let at: usize = 0;
    if (WIDE) {
      at = end & ~31;
      transformLinePairs(d0, d1, d2, d3, d4, d5, masks, at, to, step, workspace.constants);
      to += at;
    }
    for (; at < end; at += 16) {
      const mask = v128.load(masks + at);
      storeInputs(
        to, step, workspace.constants, v128.and(v128.load(d0 + at), mask), v128.and(v128.load(d1 + at), mask), v128.and(v128.load(d2 + at), mask),
        v128.and(v128.load(d3 + at), mask), v128.and(v128.load(d4 + at), mask), v128.and(v128.load(d5 + at), mask),
      );
      to += 16;
    }
    count -= run;
    column = 0;
    if (++tileRow == tiles.rows) {
      tileRow = 0;
      plane += imageBytes;
    }
  }
}

/** The first `bytes` of Bᵀ·d of six rows, two vectors at once. */
function transformLinePairs(
  d0: usize, d1: usize, d2: usize, d3: usize, d4: usize, d5: usize, masks: usize, bytes: usize, to: usize, step: usize,
  constants: Constants,
): void {
  for (let at: usize = 0; at < bytes; at += 32) {
    const mask = v128.load(masks + at), mask2 = v128.load(masks + at, 16);
    storeInputs(
      to + at, step, constants, v128.and(v128.load(d0 + at), mask), v128.and(v128.load(d1 + at), mask), v128.and(v128.load(d2 + at), mask),
      v128.and(v128.load(d3 + at), mask), v128.and(v128.load(d4 + at), mask), v128.and(v128.load(d5 + at), mask),
      true, v128.and(v128.load(d0 + at, 16), mask2), v128.and(v128.load(d1 + at, 16), mask2), v128.and(v128.load(d2 + at, 16), mask2),
      v128.and(v128.load(d3 + at, 16), mask2), v128.and(v128.load(d4 + at, 16), mask2), v128.and(v128.load(d5 + at, 16), mask2),
    );
  }
}

/** The address of a row, or of zeros if it is outside the image. */
@inline
function rowAt(tiles: Tiles, row: i32, address: usize, workspace: Workspace): usize {
  return <u32>row < <u32>tiles.height ? address : workspace.zeros;
}

/**
 * Tiles of a group of eight are the lanes of two quads: one has the even ones, the other the odd ones, so that loads and
 * results of both are neighbours. Only in wide modules, if all pairs are in one row of tiles.
 */
@inline
export function groupsPairs(tiles: Tiles): bool {
  return WIDE && (tiles.columns & 1) == 0;
}

/** The rows of Bᵀ·d, four tiles at once, or eight, times B. */
function transformRows(tiles: Tiles, count: i32, workspace: Workspace, v: usize, planeBytes: usize): void {
  const step = <usize>tiles.lineBytes;
  const end = workspace.places + <usize>count * PLACE_BYTES;
  let place = workspace.places;
  if (groupsPairs(tiles)) {
    for (; place + 8 * PLACE_BYTES <= end; place += 8 * PLACE_BYTES) {
      transformPairs(workspace.lines, place, step, v, planeBytes, workspace.constants);
      v += 32;
    }
  }
  for (; place < end; place += 4 * PLACE_BYTES) {
    let a = workspace.lines + load<usize>(place);
    let b = workspace.lines + load<usize>(place, PLACE_BYTES);
    let c = workspace.lines + load<usize>(place, 2 * PLACE_BYTES);
    let d = workspace.lines + load<usize>(place, 3 * PLACE_BYTES);
    let to = v;
    for (let row = 0; row < 6; row++) {
      // Lanes become tiles.
      const a0 = v128.load(a), b0 = v128.load(b), c0 = v128.load(c), d0 = v128.load(d);
      const ab0 = v128.shuffle<f32>(a0, b0, 0, 4, 1, 5), ab2 = v128.shuffle<f32>(a0, b0, 2, 6, 3, 7);
      const cd0 = v128.shuffle<f32>(c0, d0, 0, 4, 1, 5), cd2 = v128.shuffle<f32>(c0, d0, 2, 6, 3, 7);
      const ab4 = v128.shuffle<f32>(v128.load(a, 16), v128.load(b, 16), 0, 4, 1, 5);
      const cd4 = v128.shuffle<f32>(v128.load(c, 16), v128.load(d, 16), 0, 4, 1, 5);
      storeInputs(
        to, planeBytes, workspace.constants, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5), v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7),
        v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5), v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7),
        v128.shuffle<f32>(ab4, cd4, 0, 1, 4, 5), v128.shuffle<f32>(ab4, cd4, 2, 3, 6, 7),
      );
      to += planeBytes * 6;
      a += step;
      b += step;
      c += step;
      d += step;
    }
    v += 16;
  }
}

/**
 * As `transformRows`, of eight tiles in pairs of neighbours. What the first of a pair shares with the second is loaded twice, by other
 * addresses: engines do not pair what is in two pairs.
 */
function transformPairs(lines: usize, place: usize, step: usize, v: usize, planeBytes: usize, constants: Constants): void {
  let a = lines + load<usize>(place);
  let b = lines + load<usize>(place, 2 * PLACE_BYTES);
  let c = lines + load<usize>(place, 4 * PLACE_BYTES);
  let d = lines + load<usize>(place, 6 * PLACE_BYTES);
  for (let row = 0; row < 6; row++) {
    const e = a + 16, f = b + 16, g = c + 16, h = d + 16;
    const a0 = v128.load(a), b0 = v128.load(b), c0 = v128.load(c), d0 = v128.load(d);
    const a1 = v128.load(a, 16), b1 = v128.load(b, 16), c1 = v128.load(c, 16), d1 = v128.load(d, 16);
    const ab0 = v128.shuffle<f32>(a0, b0, 0, 4, 1, 5), ab2 = v128.shuffle<f32>(a0, b0, 2, 6, 3, 7);
    const cd0 = v128.shuffle<f32>(c0, d0, 0, 4, 1, 5), cd2 = v128.shuffle<f32>(c0, d0, 2, 6, 3, 7);
    const ef0 = v128.shuffle<f32>(a1, b1, 0, 4, 1, 5), ef2 = v128.shuffle<f32>(a1, b1, 2, 6, 3, 7);
    const gh0 = v128.shuffle<f32>(c1, d1, 0, 4, 1, 5), gh2 = v128.shuffle<f32>(c1, d1, 2, 6, 3, 7);
    const ab4 = v128.shuffle<f32>(v128.load(e), v128.load(f), 0, 4, 1, 5), cd4 = v128.shuffle<f32>(v128.load(g), v128.load(h), 0, 4, 1, 5);
    const ef4 = v128.shuffle<f32>(v128.load(e, 16), v128.load(f, 16), 0, 4, 1, 5);
    const gh4 = v128.shuffle<f32>(v128.load(g, 16), v128.load(h, 16), 0, 4, 1, 5);
    storeInputs(
      v, planeBytes, constants, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5), v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7),
      v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5), v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7),
      v128.shuffle<f32>(ab4, cd4, 0, 1, 4, 5), v128.shuffle<f32>(ab4, cd4, 2, 3, 6, 7),
      true, v128.shuffle<f32>(ef0, gh0, 0, 1, 4, 5), v128.shuffle<f32>(ef0, gh0, 2, 3, 6, 7),
      v128.shuffle<f32>(ef2, gh2, 0, 1, 4, 5), v128.shuffle<f32>(ef2, gh2, 2, 3, 6, 7),
      v128.shuffle<f32>(ef4, gh4, 0, 1, 4, 5), v128.shuffle<f32>(ef4, gh4, 2, 3, 6, 7),
    );
    v += planeBytes * 6;
    a += step;
    b += step;
    c += step;
    d += step;
  }
}
