import { FormatError } from "@tapegrad/tensor/errors";

/** What a JPEG file says of itself before its pixels are decoded. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour, 4 print colours (CMYK). */
  readonly components: 1 | 3 | 4;
  /** Whether some components have fewer samples than others. */
  readonly subsampled: boolean;
  /** Whether Adobe's marker is there, which says that print colours are inverted. */
  readonly adobe: boolean;
}

/**
 * Walks the markers of a JPEG file to its end and reads the frame header, without decoding anything.
 *
 * Refuses what would cost a decoder more time or memory than the file's size warrants: a file that ends early, a frame of more
 * blocks than the file has bits for, and hundreds of scans over the same picture.
 *
 * @throws FormatError naming the file.
 * @see ITU-T T.81, annex B
 */
export function readJpegHeader(
  bytes: Uint8Array,
  { name, maxPixels }: { readonly name: string; readonly maxPixels: number },
): JpegHeader {
  let frame: Omit<JpegHeader, "adobe"> | null = null;
  let adobe = false;
  let scans = 0;
  let at = 2;
  for (;;) {
    // Between segments, and in a scan, 0xff begins a marker unless 0 (a byte of data), 0xff (padding) or a restart follows.
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length)
      throw new FormatError(name, "truncated: it ends before the end-of-image marker");
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0x00 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    if (marker === END_OF_IMAGE) break;
    const segment = readSegment(bytes, at + 2, name);
    at += 2 + 2 + segment.length;
    if (isFrameHeader(marker)) {
      if (frame !== null) throw new FormatError(name, "damaged JPEG: two frame headers");
      frame = readFrame(segment, name, marker);
      checkSize(frame, bytes.length, name, maxPixels);
    } else if (marker === ADOBE && String.fromCharCode(...segment.subarray(0, 5)) === "Adobe") {
      adobe = true;
    } else if (marker === START_OF_SCAN) {
      if (frame === null) throw new FormatError(name, "damaged JPEG: a scan before the frame header");
      scans += 1;
      if (scans > MAX_SCANS) throw new FormatError(name, `more than ${MAX_SCANS} scans`);
    }
  }
  if (frame === null || scans === 0)
    throw new FormatError(name, "damaged JPEG: no picture before the end-of-image marker");
  return { ...frame, adobe };
}

const ADOBE = 0xee;
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;
/** Encoders write about ten for a progressive picture; each costs a pass over all of it. */
const MAX_SCANS = 100;

/** SOF0 … SOF15; the three others of the range are tables. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function readSegment(bytes: Uint8Array, at: number, name: string): Uint8Array {
  const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (at + length > bytes.length || at + 2 > bytes.length)
    throw new FormatError(name, "truncated: it ends inside a header segment");
  if (length < 2) throw new FormatError(name, `damaged JPEG: a segment of ${length} bytes`);
  return bytes.subarray(at + 2, at + length);
}

function readFrame(segment: Uint8Array, name: string, marker: number): Omit<JpegHeader, "adobe"> {
  if (marker > 0xc2)
    throw new FormatError(
      name,
      `a kind of JPEG that is not read here (frame 0x${marker.toString(16)}: lossless, hierarchical or arithmetic coding)`,
    );
  const [precision, h1 = 0, h0 = 0, w1 = 0, w0 = 0, components = 0] = segment;
  if (segment.length < 6 || segment.length < 6 + 3 * components)
    throw new FormatError(name, "damaged JPEG: the frame header is too short");
  if (precision !== 8) throw new FormatError(name, `expected 8 bits a sample, got ${precision}`);
  if (components !== 1 && components !== 3 && components !== 4)
    throw new FormatError(name, `expected 1, 3 or 4 colour components, got ${components}`);
  const sampling = Array.from({ length: components }, (_, i) => segment[6 + 3 * i + 1]!);
  return {
    width: (w1 << 8) | w0,
    height: (h1 << 8) | h0,
    components,
    subsampled: sampling.some((factors) => factors !== sampling[0]),
  };
}

function checkSize(
  { width, height }: { readonly width: number; readonly height: number },
  fileSize: number,
  name: string,
  maxPixels: number,
): void {
  if (width === 0 || height === 0) throw new FormatError(name, `damaged JPEG: a picture of ${width}×${height}`);
  if (width * height > maxPixels)
    throw new FormatError(name, `${width}×${height} pixels are more than the limit of ${maxPixels}`);
  // At least one component has all blocks of 8×8, and none takes less than one bit.
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  if (blocks > 8 * fileSize)
    throw new FormatError(name, `truncated: ${fileSize} bytes cannot hold ${width}×${height} pixels`);
}
