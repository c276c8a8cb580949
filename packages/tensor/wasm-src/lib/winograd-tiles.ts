// Tiles of 4 × 4 that overlap by two, cut from images and transformed: V = Bᵀ·d·B, with
// Bᵀ = [1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 1 0 −1]. A quad is four tiles side by side, one in each lane.

/** How images are cut into tiles. Quads are numbered through a row of tiles, then the rows, then the images. */
@unmanaged
export class Tiles {
  /** Planes of an image, and their rows and columns. */
  channels: i32;
  height: i32;
  width: i32;
  /** Zeros above the first row and left of the first column, of which some bytes before a row are read. */
  top: i32;
  left: i32;
  /** Rows of tiles, and quads in a row. */
  rows: i32;
  quads: i32;
  /** Planes of the results, two rows and columns a tile, and their rows and columns. */
  resultChannels: i32;
  resultHeight: i32;
  resultWidth: i32;
}

/** Bytes of a row of `quads`, with the two columns that the last tile has besides. */
@inline
function rowBytesOf(quads: i32): usize {
  return (<usize>quads << 5) + 32;
}

/**
 * Prepares scratch for `transformTiles`: a row of zeros, that stands in for those outside the image, and a row of masks, of
 * the columns inside it.
 */
export function prepareBorders(tiles: Tiles, scratch: usize): void {
  const bytes = rowBytesOf(tiles.quads);
  memory.fill(scratch, 0, 2 * bytes);
  memory.fill(scratch + bytes + (<usize>tiles.left << 2), 0xff, <usize>min(tiles.width, (tiles.quads << 3) + 2 - tiles.left) << 2);
}

/**
 * V[ξ][channel][quad] of `count` quads from quad `first` on, ξ counting the elements of a tile. Planes of ξ lie
 * `planeBytes` apart, channels `rowBytes`, quads 16.
 */
export function transformTiles(
  tiles: Tiles, x: usize, first: i32, count: i32, v: usize, planeBytes: usize, rowBytes: usize, borders: usize,
): void {
  const width = tiles.width;
  const planeSize = <usize>(tiles.height * width) << 2;
  const row = first / tiles.quads;
  let image = row / tiles.rows;
  let tileRow = row - image * tiles.rows;
  let quad = first - row * tiles.quads;
  while (count > 0) {
    const run = min(tiles.quads - quad, count);
    const planes = x + <usize>(image * tiles.channels) * planeSize;
    const offset = (2 * tileRow - tiles.top) * width + 8 * quad - tiles.left;
    transformRun(tiles, planes + (<usize>offset << 2), planeSize, 2 * tileRow - tiles.top, quad, run, v, planeBytes, rowBytes, borders);
    v += <usize>run << 4;
    count -= run;
    quad = 0;
    if (++tileRow == tiles.rows) {
      tileRow = 0;
      image++;
    }
  }
}

/** The tiles of `run` quads side by side; those of the first channel begin at `from`, in row `row` of the image. */
function transformRun(
  tiles: Tiles, from: usize, planeSize: usize, row: i32, quad: i32, run: i32, v: usize, planeBytes: usize, rowBytes: usize,
  borders: usize,
): void {
  const rowSize = <usize>tiles.width << 2;
  const masks = borders + rowBytesOf(tiles.quads) + (<usize>quad << 5);
  const inside0 = isInside(tiles, row), inside1 = isInside(tiles, row + 1), inside2 = isInside(tiles, row + 2), inside3 = isInside(tiles, row + 3);
  const end = <usize>run << 5;
  const planeBytes4 = planeBytes * 4, planeBytes8 = planeBytes * 8, planeBytes12 = planeBytes * 12;
  for (let channel = tiles.channels; channel > 0; channel--) {
    let to = v;
    const d0 = inside0 ? from : borders;
    const d1 = inside1 ? from + rowSize : borders;
    const d2 = inside2 ? from + rowSize * 2 : borders;
    const d3 = inside3 ? from + rowSize * 3 : borders;
    for (let at: usize = 0; at < end; at += 32) {
      const a = v128.load(masks + at), b = v128.load(masks + at, 16), c = v128.load(masks + at, 8), d = v128.load(masks + at, 24);
      const e = d0 + at, f = d1 + at, g = d2 + at, h = d3 + at;
      storeRow(
        to, planeBytes, v128.and(minus(e, g), a), v128.and(minus(e + 16, g + 16), b), v128.and(minus(e + 8, g + 8), c),
        v128.and(minus(e + 24, g + 24), d),
      );
      storeRow(
        to + planeBytes12, planeBytes, v128.and(minus(f, h), a), v128.and(minus(f + 16, h + 16), b), v128.and(minus(f + 8, h + 8), c),
        v128.and(minus(f + 24, h + 24), d),
      );
      const fa = v128.and(v128.load(f), a), fb = v128.and(v128.load(f, 16), b), fc = v128.and(v128.load(f, 8), c), fd = v128.and(v128.load(f, 24), d);
      const ga = v128.and(v128.load(g), a), gb = v128.and(v128.load(g, 16), b), gc = v128.and(v128.load(g, 8), c), gd = v128.and(v128.load(g, 24), d);
      storeRow(to + planeBytes4, planeBytes, f32x4.add(fa, ga), f32x4.add(fb, gb), f32x4.add(fc, gc), f32x4.add(fd, gd));
      storeRow(to + planeBytes8, planeBytes, f32x4.sub(ga, fa), f32x4.sub(gb, fb), f32x4.sub(gc, fc), f32x4.sub(gd, fd));
      to += 16;
    }
    from += planeSize;
    v += rowBytes;
  }
}

@inline
function isInside(tiles: Tiles, row: i32): bool {
  return <u32>row < <u32>tiles.height;
}

@inline
function minus(a: usize, b: usize): v128 {
  return f32x4.sub(v128.load(a), v128.load(b));
}

/**
 * A row of t·B for four tiles, of which each begins two columns after the last. Of t, columns 0, 4, 2 and 6 are given, with
 * the three that follow each.
 */
@inline
function storeRow(to: usize, planeBytes: usize, a: v128, b: v128, c: v128, d: v128): void {
  const t0 = v128.shuffle<f32>(a, b, 0, 2, 4, 6);
  const t1 = v128.shuffle<f32>(a, b, 1, 3, 5, 7);
  const t2 = v128.shuffle<f32>(c, d, 0, 2, 4, 6);
  const t3 = v128.shuffle<f32>(c, d, 1, 3, 5, 7);
  v128.store(to, f32x4.sub(t0, t2));
  v128.store(to + planeBytes, f32x4.add(t1, t2));
  v128.store(to + planeBytes * 2, f32x4.sub(t2, t1));
  v128.store(to + planeBytes * 3, f32x4.sub(t1, t3));
}
