import { FormatError } from "@tapegrad/tensor/errors";
import { type HuffmanTable, makeHuffmanTable } from "./huffman-table.ts";
import type { Component, Frame, JpegFile, Scan } from "./jpeg-file.ts";
import { zigzag } from "./zigzag.ts";

/**
 * Walks the markers of a JPEG file to its end: frame, tables and where scans begin; nothing is decoded.
 *
 * @throws FormatError naming the file, if it is damaged, ends early, or is of a kind that is not read here.
 * @see ITU-T T.81, annex B
 */
export function readJpegFile(bytes: Uint8Array, name: string): JpegFile {
  const reader = new SegmentReader(name);
  for (let at = 2; ;) {
    // Between segments, and in a scan, 0xff begins a marker unless 0 (a byte of data), 0xff (padding) or a restart follows.
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length)
      throw new FormatError(name, "truncated: it ends before the end-of-image marker");
    const marker = bytes[at + 1]!;
    if (marker === 0xff) at += 1;
    else if (marker === 0x00 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker === END_OF_IMAGE) return reader.finish();
    else {
      const segment = readSegment(bytes, at + 2, name);
      at += 4 + segment.length;
      reader.read(marker, segment, at);
    }
  }
}

const TABLES_OF_CODES = 0xc4;
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;
const QUANTIZATION = 0xdb;
const RESTART_INTERVAL = 0xdd;
const JFIF = 0xe0;
const ADOBE = 0xee;
/** Encoders write about ten for a progressive picture. */
const MAX_SCANS = 500;

function readSegment(bytes: Uint8Array, at: number, name: string): Uint8Array {
  const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (at + length > bytes.length || at + 2 > bytes.length)
    throw new FormatError(name, "truncated: it ends inside a header segment");
  if (length < 2) throw new FormatError(name, `damaged JPEG: a segment of ${length} bytes`);
  return bytes.subarray(at + 2, at + length);
}

/** Takes segment after segment. */
class SegmentReader {
  readonly #name: string;
  readonly #quantization: (Uint16Array | undefined)[] = [];
  readonly #dc: (HuffmanTable | undefined)[] = [];
  readonly #ac: (HuffmanTable | undefined)[] = [];
  readonly #scans: Scan[] = [];
  #restartInterval = 0;
  #frame: Frame | null = null;
  #jfif = false;
  /** What Adobe's marker says of the colours: 0 as they are, 1 YCbCr, 2 YCCK. Null without the marker. */
  #transform: number | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  /** @param end where the data after the segment begins. */
  read(marker: number, segment: Uint8Array, end: number): void {
    if (marker === TABLES_OF_CODES) this.#readCodes(segment);
    else if (marker === QUANTIZATION) this.#readQuantization(segment);
    else if (marker === RESTART_INTERVAL) {
      if (segment.length !== 2) throw this.#damaged("a restart interval that is no number");
      this.#restartInterval = (segment[0]! << 8) | segment[1]!;
    } else if (marker === JFIF) this.#jfif ||= beginsWith(segment, "JFIF\0");
    else if (marker === ADOBE && segment.length >= 12 && beginsWith(segment, "Adobe")) this.#transform = segment[11]!;
    else if (marker === START_OF_SCAN) this.#readScan(segment, end);
    else if (isFrameHeader(marker)) {
      if (this.#frame !== null) throw this.#damaged("two frame headers");
      this.#frame = readFrame(marker, segment, this.#name);
    }
  }

  finish(): JpegFile {
    if (this.#frame === null || this.#scans.length === 0)
      throw this.#damaged("no picture before the end-of-image marker");
    return { frame: this.#frame, scans: this.#scans, colours: this.#colours(this.#frame.components) };
  }

  /** As libjpeg decides it. */
  #colours(components: readonly Component[]): JpegFile["colours"] {
    if (components.length === 1) return "grey";
    if (components.length === 4) return this.#transform === null || this.#transform === 0 ? "cmyk" : "ycck";
    if (this.#jfif) return "ycc";
    if (this.#transform !== null) return this.#transform === 0 ? "rgb" : "ycc";
    return String.fromCharCode(...components.map(({ id }) => id)) === "RGB" ? "rgb" : "ycc";
  }

  #readCodes(segment: Uint8Array): void {
    for (let at = 0; at < segment.length;) {
      const [kind, slot] = [segment[at]! >> 4, segment[at]! & 15];
      const counts = segment.subarray(at + 1, at + 17);
      const size = counts.reduce((sum, count) => sum + count, 0);
      const symbols = segment.subarray(at + 17, at + 17 + size);
      if (kind > 1 || slot > 3 || counts.length < 16 || size > 256 || symbols.length < size)
        throw this.#damaged("a table of codes that is cut short or has no place");
      const table = makeHuffmanTable(counts, symbols);
      if (table === null || (kind === 0 && symbols.some((symbol) => symbol > 15)))
        throw this.#damaged("a table of codes that cannot be");
      (kind === 0 ? this.#dc : this.#ac)[slot] = table;
      at += 17 + size;
    }
  }

  #readQuantization(segment: Uint8Array): void {
    for (let at = 0; at < segment.length;) {
      const [wide, slot] = [segment[at]! >> 4, segment[at]! & 15];
      const size = wide === 0 ? 64 : 128;
      const steps = segment.subarray(at + 1, at + 1 + size);
      if (wide > 1 || slot > 3 || steps.length < size)
        throw this.#damaged("a quantization table that is cut short or has no place");
      const table = new Uint16Array(64);
      for (let i = 0; i < 64; i++)
        table[zigzag[i]!] = wide === 0 ? steps[i]! : (steps[2 * i]! << 8) | steps[2 * i + 1]!;
      this.#quantization[slot] = table;
      at += 1 + size;
    }
  }

  #readScan(segment: Uint8Array, start: number): void {
    const frame = this.#frame;
    if (frame === null) throw this.#damaged("a scan before the frame header");
    const count = segment[0] ?? 0;
    if (count < 1 || count > 4 || segment.length !== 4 + 2 * count)
      throw this.#damaged("a scan header of a wrong length");
    const [first, last, bits] = segment.subarray(1 + 2 * count) as unknown as [number, number, number];
    const { progressive } = frame;
    const [high, low] = [bits >> 4, bits & 15];
    const valid = progressive
      ? last < 64 &&
        (first === 0 ? last === 0 : first <= last && count === 1) &&
        low <= 13 &&
        (high === 0 || high === low + 1)
      : first === 0 && last === 63 && bits === 0;
    if (!valid) throw this.#damaged(`a scan of coefficients ${first} to ${last}, bits ${high} to ${low}`);
    const [codesDc, codesAc] = [first === 0 && high === 0, last > 0];
    const parts = Array.from({ length: count }, (_, i) => {
      const [id, tables] = [segment[1 + 2 * i]!, segment[2 + 2 * i]!];
      const index = frame.components.findIndex((component) => component.id === id);
      const component = frame.components[index];
      if (component === undefined) throw this.#damaged(`a scan of component ${id}, which the frame has not`);
      const quantization = this.#quantization[component.quantization];
      const dc = codesDc ? this.#dc[tables >> 4] : null;
      const ac = codesAc ? this.#ac[tables & 15] : null;
      if (quantization === undefined || dc === undefined || ac === undefined)
        throw this.#damaged("a scan before one of its tables");
      return { index, component, dc, ac, quantization };
    });
    if (new Set(parts.map(({ index }) => index)).size < count) throw this.#damaged("a scan with a component twice");
    if (count > 1 && parts.reduce((sum, { component: { h, v } }) => sum + h * v, 0) > 10)
      throw this.#damaged("a scan of more than 10 blocks a unit");
    if (this.#scans.length === MAX_SCANS) throw new FormatError(this.#name, `more than ${MAX_SCANS} scans`);
    this.#scans.push({ parts, first, last, high, low, restartInterval: this.#restartInterval, start });
  }

  #damaged(what: string): FormatError {
    return new FormatError(this.#name, `damaged JPEG: ${what}`);
  }
}

function beginsWith(segment: Uint8Array, text: string): boolean {
  return String.fromCharCode(...segment.subarray(0, text.length)) === text;
}

/** SOF0 … SOF15; the three others of the range are tables. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function readFrame(marker: number, segment: Uint8Array, name: string): Frame {
  if (marker > 0xc2)
    throw new FormatError(
      name,
      `a kind of JPEG that is not read here (frame 0x${marker.toString(16)}: lossless, hierarchical or arithmetic coding)`,
    );
  const [precision, h1 = 0, h0 = 0, w1 = 0, w0 = 0, count = 0] = segment;
  const [width, height] = [(w1 << 8) | w0, (h1 << 8) | h0];
  if (segment.length < 6 || segment.length < 6 + 3 * count)
    throw new FormatError(name, "damaged JPEG: the frame header is too short");
  if (precision !== 8) throw new FormatError(name, `expected 8 bits a sample, got ${precision}`);
  if (count !== 1 && count !== 3 && count !== 4)
    throw new FormatError(name, `expected 1, 3 or 4 colour components, got ${count}`);
  if (width === 0 || height === 0) throw new FormatError(name, `damaged JPEG: a picture of ${width}×${height}`);
  const parts = Array.from({ length: count }, (_, i) => {
    const [id, factors, quantization] = segment.subarray(6 + 3 * i) as unknown as [number, number, number];
    // The factors of a single component mean nothing.
    const [h, v] = count === 1 ? [1, 1] : [factors >> 4, factors & 15];
    return { id, h, v, quantization };
  });
  const [maxH, maxV] = [Math.max(...parts.map(({ h }) => h)), Math.max(...parts.map(({ v }) => v))];
  if (parts.some(({ h, v }) => h < 1 || v < 1 || h > 4 || v > 4 || maxH % h !== 0 || maxV % v !== 0))
    throw new FormatError(
      name,
      `sampling factors that are not read here (${parts.map(({ h, v }) => `${h}×${v}`).join(", ")})`,
    );
  const mcusAcross = Math.ceil(width / (8 * maxH));
  const mcusDown = Math.ceil(height / (8 * maxV));
  const components = parts.map(({ id, h, v, quantization }) => {
    const [across, down] = [Math.ceil((width * h) / maxH), Math.ceil((height * v) / maxV)];
    return {
      ...{ id, h, v, quantization, width: across, height: down },
      ...{ blocksAcross: Math.ceil(across / 8), blocksDown: Math.ceil(down / 8), stride: mcusAcross * h },
    };
  });
  return { width, height, progressive: marker === 0xc2, components, maxH, maxV, mcusAcross, mcusDown };
}
