import { FormatError } from "@tapegrad/tensor/errors";
import { Unzlib } from "fflate";
import type { Picture } from "./picture.ts";
import { blankPicture } from "./picture.ts";
import { readPngChunks } from "./png-chunks.ts";
import type { PngChunks, PngHeader } from "./png-chunks.ts";

/**
 * Decodes a PNG of any colour type, bit depth and interlacing to PIL's pixels; fflate inflates.
 *
 * As in PIL, transparency is dropped, 16-bit colours keep their high byte, and 16-bit grey is cut off at 255 (which makes most
 * such pictures white).
 *
 * @throws FormatError naming the file.
 * @see https://www.w3.org/TR/png-3/
 */
export function decodePng(bytes: Uint8Array, limits: { readonly name: string; readonly maxPixels: number }): Picture {
  const chunks = readPngChunks(bytes, limits);
  const { header } = chunks;
  const passes = header.interlaced ? adam7 : wholePicture;
  const sizes = passes.map((pass) => passSize(header, pass));
  const raw = inflate(
    chunks,
    sizes.reduce((total, { bytes: size }) => total + size, 0),
    limits.name,
  );
  const picture = blankPicture(header.width, header.height);
  let at = 0;
  passes.forEach((pass, i) => {
    const size = sizes[i]!;
    unfilter(raw, at, size, Math.max(1, header.bitsPerPixel / 8), limits.name);
    for (let y = 0; y < size.height; y++) {
      const from = at + y * (size.rowBytes + 1) + 1;
      drawRow(
        raw.subarray(from, from + size.rowBytes),
        chunks,
        size.width,
        picture.data,
        ((pass.top + y * pass.down) * header.width + pass.left) * 3,
        pass.right * 3,
      );
    }
    at += size.bytes;
  });
  return picture;
}

/** Which pixels a pass brings: every `right`-th column from `left`, every `down`-th row from `top`. */
interface Pass {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly down: number;
}

const wholePicture: readonly Pass[] = [{ left: 0, top: 0, right: 1, down: 1 }];
const adam7: readonly Pass[] = [
  { left: 0, top: 0, right: 8, down: 8 },
  { left: 4, top: 0, right: 8, down: 8 },
  { left: 0, top: 4, right: 4, down: 8 },
  { left: 2, top: 0, right: 4, down: 4 },
  { left: 0, top: 2, right: 2, down: 4 },
  { left: 1, top: 0, right: 2, down: 2 },
  { left: 0, top: 1, right: 1, down: 2 },
];

interface PassSize {
  readonly width: number;
  readonly height: number;
  /** Bytes of a row without its filter byte. */
  readonly rowBytes: number;
  readonly bytes: number;
}

function passSize({ width, height, bitsPerPixel }: PngHeader, { left, top, right, down }: Pass): PassSize {
  const columns = Math.max(0, Math.ceil((width - left) / right));
  const rows = Math.max(0, Math.ceil((height - top) / down));
  const rowBytes = Math.ceil((columns * bitsPerPixel) / 8);
  return {
    width: columns,
    height: columns === 0 ? 0 : rows,
    rowBytes,
    bytes: columns === 0 ? 0 : rows * (rowBytes + 1),
  };
}

/** Inflates the data to `size` bytes and stops there, so that a file that swells costs no more than its header announced. */
function inflate({ data }: PngChunks, size: number, name: string): Uint8Array {
  const available = data.reduce((total, chunk) => total + chunk.length, 0);
  if (size > available * LARGEST_RATIO)
    throw new FormatError(name, `truncated: ${available} bytes of data cannot hold ${size}`);
  const raw = new Uint8Array(size);
  let filled = 0;
  const stream = new Unzlib((piece) => {
    raw.set(piece.length <= size - filled ? piece : piece.subarray(0, size - filled), filled);
    filled = Math.min(size, filled + piece.length);
  });
  try {
    for (const chunk of data) {
      for (let at = 0; at < chunk.length && filled < size; at += PIECE) stream.push(chunk.subarray(at, at + PIECE));
    }
  } catch (cause) {
    throw new FormatError(name, `damaged PNG data (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    });
  }
  if (filled < size) throw new FormatError(name, `truncated: expected ${size} bytes of pixels, got ${filled}`);
  return raw;
}

/** Deflate makes at most 258 bytes of two bits. */
const LARGEST_RATIO = 1032;
/** Compressed bytes inflated at a time: at most 16 MB come out at once. */
const PIECE = 2 ** 14;

/** Undoes the prediction of each byte from the pixel to the left (a), the row above (b), and the pixel above left (c). */
function unfilter(
  raw: Uint8Array,
  start: number,
  { height, rowBytes }: PassSize,
  pixelBytes: number,
  name: string,
): void {
  for (let y = 0; y < height; y++) {
    const row = start + y * (rowBytes + 1) + 1;
    const above = row - rowBytes - 1;
    const filter = raw[row - 1]!;
    if (filter > 4) throw new FormatError(name, `damaged PNG data: row filter ${filter}`);
    for (let i = 0; i < rowBytes && filter !== 0; i++) {
      const a = i >= pixelBytes ? raw[row + i - pixelBytes]! : 0;
      const b = y > 0 ? raw[above + i]! : 0;
      const c = y > 0 && i >= pixelBytes ? raw[above + i - pixelBytes]! : 0;
      raw[row + i]! += filter === 1 ? a : filter === 2 ? b : filter === 3 ? (a + b) >> 1 : paeth(a, b, c);
    }
  }
}

/** Whichever of the three is nearest to a + b − c. */
function paeth(a: number, b: number, c: number): number {
  const [da, db, dc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (da <= db && da <= dc) return a;
  return db <= dc ? b : c;
}

/** Writes a row's pixels into `rgb` from `to` on, `step` bytes apart. */
function drawRow(
  row: Uint8Array,
  { header, palette }: PngChunks,
  width: number,
  rgb: Uint8Array,
  to: number,
  step: number,
): void {
  const { bitDepth, bitsPerPixel, colour } = header;
  const sample = bitDepth / 8;
  for (let x = 0; x < width; x++, to += step) {
    const from = (x * bitsPerPixel) / 8;
    if (colour) {
      rgb[to] = row[from]!;
      rgb[to + 1] = row[from + sample]!;
      rgb[to + 2] = row[from + 2 * sample]!;
      continue;
    }
    const value = bitDepth < 8 ? packedSample(row, x, bitDepth) : row[from]!;
    const entry = 3 * value;
    const grey = palette === null ? greyLevel(value, row[from + 1]!, header) : 0;
    rgb[to] = palette?.[entry] ?? grey;
    rgb[to + 1] = palette?.[entry + 1] ?? grey;
    rgb[to + 2] = palette?.[entry + 2] ?? grey;
  }
}

function packedSample(row: Uint8Array, x: number, bitDepth: number): number {
  return (row[(x * bitDepth) >> 3]! >> (8 - bitDepth - ((x * bitDepth) & 7))) & ((1 << bitDepth) - 1);
}

function greyLevel(value: number, lowByte: number, { bitDepth, samples }: PngHeader): number {
  if (bitDepth < 8) return (value * 255) / ((1 << bitDepth) - 1);
  if (bitDepth === 16 && samples === 1) return value === 0 ? lowByte : 255;
  return value;
}
