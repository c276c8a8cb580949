import { FormatError } from "@tapegrad/tensor";

/** A pickle needs bytes beyond the end of those at hand. */
export class EndOfPickle extends FormatError {}

/** Steps through the bytes of a pickle. */
export class PickleReader {
  readonly #file: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** The next byte. */
  position: number;

  constructor(file: string, bytes: Uint8Array, position: number) {
    this.#file = file;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A 64-bit length; beyond 2^53 it is certainly too long, and stays so when rounded. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** Floats alone are big-endian. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number): string {
    return this.#decode(this.bytes(length));
  }

  /** Text up to the next newline, at most 1,000 bytes of it. */
  line(): string {
    const start = this.position;
    while (this.uint8() !== 0x0a) {
      if (this.position - start > 1000)
        throw new FormatError(this.#file, `its pickle has an endless name at byte ${start}`);
    }
    return this.#decode(this.#bytes.subarray(start, this.position - 1));
  }

  /** A little-endian two's-complement integer: a number where that is exact. */
  integer(length: number): number | bigint {
    if (length > 1024)
      throw new FormatError(this.#file, `its pickle has an integer of ${length} bytes; at most 1024 are read`);
    const start = this.#advance(length);
    let value = 0n;
    let at = start + length;
    for (; at - start >= 8; at -= 8) value = (value << 64n) | this.#view.getBigUint64(at - 8, true);
    for (; at > start; at--) value = (value << 8n) | BigInt(this.#bytes[at - 1]!);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #advance(length: number): number {
    const start = this.position;
    if (!(start + length <= this.#bytes.length)) {
      throw new EndOfPickle(
        this.#file,
        `truncated: its pickle wants ${length} bytes at byte ${start} of ${this.#bytes.length}`,
      );
    }
    this.position = start + length;
    return start;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw new FormatError(this.#file, `its pickle has text that is not UTF-8 before byte ${this.position}`, {
        cause,
      });
    }
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
