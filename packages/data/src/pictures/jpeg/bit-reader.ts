import { FormatError } from "@tapegrad/tensor/errors";
import { type HuffmanTable, LOOK_AHEAD } from "./huffman-table.ts";

/** Reads the bits of a scan, up to the next marker. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  #at: number;
  /** Bits that were taken from the bytes: the lowest `#count`. */
  #bits = 0;
  #count = 0;
  /** How many of them stand for bits after the end: zeros, so that codes can be looked up without a check. */
  #padding = 0;

  constructor(bytes: Uint8Array, start: number, name: string) {
    this.#bytes = bytes;
    this.#at = start;
    this.#name = name;
  }

  /** The next symbol of a code. @throws FormatError if no code begins with these bits. */
  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const entry = table.short[(this.#bits >>> (this.#count - LOOK_AHEAD)) & ((1 << LOOK_AHEAD) - 1)]!;
    if (entry !== 0) {
      this.#count -= entry >>> 8;
      return entry & 0xff;
    }
    const next = (this.#bits >>> (this.#count - 16)) & 0xffff;
    let length = LOOK_AHEAD + 1;
    while (next >= table.limits[length]!) length++;
    if (length > 16) throw new FormatError(this.#name, "damaged JPEG: bits that are no Huffman code");
    this.#count -= length;
    return table.symbols[(next >>> (16 - length)) + table.offsets[length]!]!;
  }

  /** The next `count` bits, at most 16, as a number. */
  bits(count: number): number {
    if (this.#count < count) this.#fill();
    this.#count -= count;
    return (this.#bits >>> this.#count) & ((1 << count) - 1);
  }

  /** A number of `size` bits, of which the lower half stands for the negative ones. */
  signed(size: number): number {
    if (size === 0) return 0;
    const value = this.bits(size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** @throws FormatError if more was read than there is. */
  checkEnd(): void {
    if (this.#count < this.#padding)
      throw new FormatError(this.#name, "truncated: the data of a scan ends before its picture does");
  }

  /** Goes on after the restart marker of this number, 0 to 7. @throws FormatError if another marker comes first. */
  restart(number: number): void {
    this.checkEnd();
    const bytes = this.#bytes;
    let at = this.#at;
    // Skips what is no marker: bytes of data, and padding.
    while (at < bytes.length && (bytes[at] !== 0xff || bytes[at + 1] === 0 || bytes[at + 1] === 0xff)) at++;
    if (bytes[at + 1] !== 0xd0 + number)
      throw new FormatError(this.#name, `damaged JPEG: restart marker ${number} is missing`);
    this.#at = at + 2;
    this.#count = 0;
    this.#padding = 0;
  }

  #fill(): void {
    const bytes = this.#bytes;
    while (this.#count <= 24) {
      let byte = bytes[this.#at]!;
      if (byte === 0xff && bytes[this.#at + 1] !== 0) {
        // A marker: it stays where it is.
        byte = 0;
        this.#padding += 8;
      } else this.#at += byte === 0xff ? 2 : 1;
      this.#bits = (this.#bits << 8) | byte;
      this.#count += 8;
    }
  }
}
