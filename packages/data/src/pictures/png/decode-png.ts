import { FormatError } from "@tapegrad/tensor/errors";
import { blankPicture, checkLimits, type DecodeLimits, type Picture } from "../picture.ts";
import { pixelDrawer } from "./draw-pixels.ts";
import { inflateZlib } from "./inflate-zlib.ts";
import { PassReader } from "./pass-reader.ts";
import { type PngHeader, readPngChunks } from "./read-png-chunks.ts";

/**
 * Decodes a PNG of any colour type, bit depth and interlacing to PIL's pixels, row by row as its data is inflated.
 *
 * As in PIL, transparency is dropped, 16-bit colours keep their high byte, and 16-bit grey is cut off at 255 (which makes most
 * such pictures white).
 *
 * @throws FormatError naming the file.
 * @see https://www.w3.org/TR/png-3/
 */
export async function decodePng(bytes: Uint8Array, limits: DecodeLimits): Promise<Picture> {
  const { name } = limits;
  const chunks = readPngChunks(bytes, name);
  const { header, data } = chunks;
  const passes = (header.interlaced ? adam7 : wholePicture).map((pass) => ({ ...pass, ...passSize(header, pass) }));
  const size = passes.reduce((sum, { rows, rowBytes }) => sum + rows * (rowBytes + 1), 0);
  checkLimits(header, size + ROW_WORK * passes.reduce((sum, { rows }) => sum + rows, 0), limits);
  const available = data.reduce((total, chunk) => total + chunk.length, 0);
  if (size > available * LARGEST_RATIO)
    throw new FormatError(name, `truncated: ${available} bytes of data cannot hold ${size}`);
  const picture = blankPicture(header.width, header.height);
  const draw = pixelDrawer(chunks);
  const reader = new PassReader(passes, Math.max(1, header.bitsPerPixel / 8), name, (pass, y, row, at) =>
    draw(
      row,
      at,
      pass.columns,
      picture.data,
      ((pass.top + y * pass.down) * header.width + pass.left) * 3,
      pass.right * 3,
    ),
  );
  await inflateZlib(data, size, name, (piece) => reader.push(piece));
  if (!reader.done) throw new FormatError(name, `truncated: expected ${size} bytes of pixels, got ${reader.taken}`);
  return picture;
}

/** Deflate makes at most 258 bytes of two bits. */
const LARGEST_RATIO = 1032;
/** What a row costs beside its bytes, in bytes. */
const ROW_WORK = 16;

/** Which pixels a pass brings: every `right`-th column from `left`, every `down`-th row from `top`. */
interface Grid {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly down: number;
}

const wholePicture: readonly Grid[] = [{ left: 0, top: 0, right: 1, down: 1 }];
const adam7: readonly Grid[] = [
  { left: 0, top: 0, right: 8, down: 8 },
  { left: 4, top: 0, right: 8, down: 8 },
  { left: 0, top: 4, right: 4, down: 8 },
  { left: 2, top: 0, right: 4, down: 4 },
  { left: 0, top: 2, right: 2, down: 4 },
  { left: 1, top: 0, right: 2, down: 2 },
  { left: 0, top: 1, right: 1, down: 2 },
];

interface PassSize {
  readonly columns: number;
  readonly rows: number;
  /** Bytes of a row without its filter byte. */
  readonly rowBytes: number;
}

function passSize({ width, height, bitsPerPixel }: PngHeader, { left, top, right, down }: Grid): PassSize {
  const columns = Math.max(0, Math.ceil((width - left) / right));
  const rows = columns === 0 ? 0 : Math.max(0, Math.ceil((height - top) / down));
  return { columns, rows, rowBytes: Math.ceil((columns * bitsPerPixel) / 8) };
}
