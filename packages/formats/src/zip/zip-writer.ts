import type { Content } from "../io/content.ts";
import type { Sink } from "../io/sink.ts";
import { crc32 } from "./crc32.ts";

/** PyTorch and numpy map tensors straight from the file, which wants their data to begin at multiples of this. */
const alignment = 64;

/** What a 32-bit field says when the value is in the zip64 extra field. */
const saturated = 0xffffffff;

const utf8Names = 0x0800;
/** 1 January 1980, the first day that zip knows: files with the same content are the same. */
const date = 0x0021;

interface Written {
  readonly name: Uint8Array;
  readonly checksum: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * Writes a zip archive of stored entries whose data begins at multiples of 64 bytes, as PyTorch's own writer pads
 * them; zip64 where sizes or offsets want it.
 */
export class ZipWriter {
  readonly #sink: Sink;
  readonly #zip64From: number;
  readonly #written: Written[] = [];
  #offset: number;

  /**
   * @param zip64From sizes and offsets from here on are written as zip64; smaller only in tests.
   * @param start where in the file the archive begins.
   */
  constructor(sink: Sink, zip64From: number = saturated, start = 0) {
    this.#sink = sink;
    this.#zip64From = zip64From;
    this.#offset = start;
  }

  /**
   * Adds an entry. Its checksum stands before its bytes, so these are asked for twice, unless they come in one piece.
   */
  async add(name: string, content: Content): Promise<void> {
    let [checksum, size] = [0, 0];
    let only: Uint8Array | null = null;
    for await (const piece of content.pieces()) {
      only = size === 0 ? piece : null;
      checksum = crc32(piece, checksum);
      size += piece.length;
    }
    const entry = { name: new TextEncoder().encode(name), checksum, size, offset: this.#offset };
    this.#written.push(entry);
    await this.#write(this.#localHeader(entry));
    for await (const piece of only === null ? content.pieces() : [only]) await this.#write(piece);
  }

  /** Writes the directory; nothing can be added afterwards. */
  async finish(): Promise<void> {
    const start = this.#offset;
    for (const entry of this.#written) await this.#write(this.#directoryRecord(entry));
    await this.#write(this.#endOfDirectory(start, this.#offset - start));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#sink.write(bytes);
    this.#offset += bytes.length;
  }

  #large(value: number): boolean {
    return value >= this.#zip64From;
  }

  #localHeader({ name, checksum, size, offset }: Written): Uint8Array {
    const zip64 = this.#large(size) ? [field16(1), field16(16), field64(size), field64(size)] : [];
    const before = offset + 30 + name.length + 20 * Number(zip64.length > 0);
    // The extra field "FB" is PyTorch's padding; it takes four bytes itself.
    const padding = (alignment - ((before + 4) % alignment)) % alignment;
    const extra = concat([...zip64, field16(0x4246), field16(padding), new Uint8Array(padding).fill(0x5a)]);
    const shown = zip64.length > 0 ? saturated : size;
    return concat([
      field32(0x04034b50),
      field16(zip64.length > 0 ? 45 : 20),
      field16(utf8Names),
      field16(0),
      field16(0),
      field16(date),
      field32(checksum),
      field32(shown),
      field32(shown),
      field16(name.length),
      field16(extra.length),
      name,
      extra,
    ]);
  }

  #directoryRecord({ name, checksum, size, offset }: Written): Uint8Array {
    const wide = [
      ...(this.#large(size) ? [field64(size), field64(size)] : []),
      ...(this.#large(offset) ? [field64(offset)] : []),
    ];
    const extra = wide.length > 0 ? concat([field16(1), field16(8 * wide.length), ...wide]) : new Uint8Array(0);
    const shown = this.#large(size) ? saturated : size;
    const version = wide.length > 0 ? 45 : 20;
    return concat([
      field32(0x02014b50),
      field16(version),
      field16(version),
      field16(utf8Names),
      field16(0),
      field16(0),
      field16(date),
      field32(checksum),
      field32(shown),
      field32(shown),
      field16(name.length),
      field16(extra.length),
      field16(0),
      field16(0),
      field16(0),
      field32(0),
      field32(this.#large(offset) ? saturated : offset),
      name,
      extra,
    ]);
  }

  #endOfDirectory(start: number, size: number): Uint8Array {
    const count = this.#written.length;
    const zip64 = count >= 0xffff || this.#large(start) || this.#large(size);
    const wide = [
      field32(0x06064b50),
      field64(44),
      field16(45),
      field16(45),
      field32(0),
      field32(0),
      field64(count),
      field64(count),
      field64(size),
      field64(start),
      field32(0x07064b50),
      field32(0),
      field64(start + size),
      field32(1),
    ];
    const [shownCount, shownSize, shownStart] = zip64 ? [0xffff, saturated, saturated] : [count, size, start];
    return concat([
      ...(zip64 ? wide : []),
      field32(0x06054b50),
      field16(0),
      field16(0),
      field16(shownCount),
      field16(shownCount),
      field32(shownSize),
      field32(shownStart),
      field16(0),
    ]);
  }
}

function field16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, value >>> 8);
}

function field32(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
}

function field64(value: number): Uint8Array {
  return concat([field32(value >>> 0), field32(Math.floor(value / 2 ** 32))]);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
