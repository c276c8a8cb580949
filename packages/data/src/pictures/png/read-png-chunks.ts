import { FormatError } from "@tapegrad/tensor/errors";
import { crc32 } from "../../files/crc32.ts";

/** The parts of a PNG file that decide its colours. */
export interface PngChunks {
  readonly header: PngHeader;
  /** 256 colours as RGB bytes; those that the file leaves out are grey, as in PIL. Null unless `indexed`. */
  readonly palette: Uint8Array | null;
  /** The compressed pixels. */
  readonly data: readonly Uint8Array[];
}

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** 1, 2, 4, 8 or 16 bits for each sample. */
  readonly bitDepth: number;
  /** Samples of a pixel, alpha included. */
  readonly samples: number;
  readonly bitsPerPixel: number;
  /** Whether pixels are red, green and blue. */
  readonly colour: boolean;
  /** Whether samples are numbers of palette entries. */
  readonly indexed: boolean;
  readonly interlaced: boolean;
}

/**
 * Reads the chunks of a PNG file up to its end, checking order, checksums and sizes; chunks that do not matter here are passed over
 * unread.
 *
 * @throws FormatError naming the file.
 */
export function readPngChunks(bytes: Uint8Array, name: string): PngChunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: PngHeader | null = null;
  let palette: Uint8Array | null = null;
  const data: Uint8Array[] = [];
  let count = 0;
  for (let at = 8; ;) {
    if (++count > MAX_CHUNKS) throw new FormatError(name, `more than ${MAX_CHUNKS} chunks`);
    if (at + 12 > bytes.length) throw new FormatError(name, "truncated: it ends before the IEND chunk");
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length)
      throw new FormatError(name, `truncated: it ends inside a chunk (${printable(type)})`);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (isCritical(type) && crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length)) {
      throw new FormatError(name, `damaged PNG: wrong checksum of a chunk (${printable(type)})`);
    }
    if (header === null && type !== "IHDR") throw new FormatError(name, "damaged PNG: it does not begin with IHDR");
    if (type === "IHDR") {
      if (header !== null) throw new FormatError(name, "damaged PNG: two IHDR chunks");
      header = readHeader(body, name);
    } else if (type === "PLTE") palette = readPalette(body, name);
    else if (type === "IDAT") data.push(body);
    else if (type === "IEND") break;
    else if (isCritical(type)) throw new FormatError(name, `a chunk that is not known here (${printable(type)})`);
    at += 12 + length;
  }
  if (header === null || data.length === 0) throw new FormatError(name, "damaged PNG: no pixels");
  if (header.indexed && palette === null) throw new FormatError(name, "damaged PNG: no palette");
  return { header, palette: header.indexed ? palette : null, data };
}

/** Encoders write one for every 8 kB or more. */
const MAX_CHUNKS = 2 ** 17;

/** Whether a picture cannot be shown without the chunk: its name begins with a capital. */
function isCritical(type: string): boolean {
  return (type.charCodeAt(0) & 0x20) === 0;
}

function printable(type: string): string {
  return JSON.stringify(type);
}

const samplesOfColourType = new Map([
  [0, { samples: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { samples: 3, depths: [8, 16] }],
  [3, { samples: 1, depths: [1, 2, 4, 8] }],
  [4, { samples: 2, depths: [8, 16] }],
  [6, { samples: 4, depths: [8, 16] }],
]);

function readHeader(body: Uint8Array, name: string): PngHeader {
  if (body.length !== 13) throw new FormatError(name, `damaged PNG: IHDR of ${body.length} bytes`);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [bitDepth, colourType, compression, filter, interlace] = body.subarray(8) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  const kind = samplesOfColourType.get(colourType);
  if (kind === undefined || !kind.depths.includes(bitDepth))
    throw new FormatError(name, `damaged PNG: colour type ${colourType} with ${bitDepth} bits`);
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw new FormatError(name, `damaged PNG: compression ${compression}, filter ${filter}, interlacing ${interlace}`);
  }
  if (width === 0 || height === 0) throw new FormatError(name, `damaged PNG: a picture of ${width}×${height}`);
  const { samples } = kind;
  const indexed = colourType === 3;
  return {
    width,
    height,
    bitDepth,
    samples,
    bitsPerPixel: samples * bitDepth,
    colour: samples >= 3,
    indexed,
    interlaced: interlace === 1,
  };
}

function readPalette(body: Uint8Array, name: string): Uint8Array {
  if (body.length === 0 || body.length > 768 || body.length % 3 !== 0)
    throw new FormatError(name, `damaged PNG: a palette of ${body.length} bytes`);
  const palette = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  palette.set(body);
  return palette;
}
