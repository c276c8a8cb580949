import { FormatError } from "@tapegrad/tensor";
import { checkInteger, checkNumber, checkString, refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { gunzip } from "../files/gunzip.ts";
import { readFileBounded } from "../files/read-file-bounded.ts";

/** What an IDX file holds: bytes, row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

/** What to accept. */
export interface ReadIdxOptions {
  /** How many dimensions the array must have. @default any */
  readonly rank?: number;
  /** The most bytes that values may take. @default 2^28 */
  readonly maxBytes?: number;
  /** What errors call the file. @default its path, or "IDX data" */
  readonly name?: string;
}

/**
 * Reads an IDX file of unsigned bytes, the format of MNIST; gzip is recognised by its first bytes.
 *
 * A header of `00 00 08 rank`, one big-endian uint32 for each dimension, then the values. The header is believed only as
 * far as the bytes go: nothing larger than `maxBytes`, nor larger than the file can hold, is allocated, and inflating stops at
 * the first byte too many.
 *
 * @param source bytes, or in Node a path.
 * @throws FormatError naming the file, if it cannot be read, is truncated, too long, damaged, not IDX, or not what the options say.
 * @see http://yann.lecun.com/exdb/mnist/
 */
export async function readIdx(source: Uint8Array | string | URL, options: ReadIdxOptions = {}): Promise<IdxArray> {
  refuseUnknownOptions("readIdx", options, ["rank", "maxBytes", "name"]);
  if (!(source instanceof Uint8Array || source instanceof URL)) checkString("readIdx", "source", source);
  const { rank, maxBytes = 2 ** 28, name = source instanceof Uint8Array ? "IDX data" : String(source) } = options;
  if (rank !== undefined) checkInteger("readIdx", "rank", rank, 1);
  checkNumber("readIdx", "maxBytes", maxBytes);
  checkString("readIdx", "name", name);
  const bytes = source instanceof Uint8Array ? source : readFileBounded(source, maxBytes + HEADER_ROOM);
  const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const file = new IdxParser(
    name,
    rank,
    gzip ? Math.min(maxBytes, bytes.length * largestRatio) : Math.min(maxBytes, bytes.length),
    maxBytes,
  );
  for await (const chunk of gzip ? gunzip(bytes, name) : [bytes]) file.push(chunk);
  return file.finish();
}

/** What a file may have besides its values: header, gzip's own bytes, and what does not compress. */
const HEADER_ROOM = 2 ** 20;
/** How much smaller deflate can make its input: 258 bytes in two bits, and some room. */
const largestRatio = 1040;

/** Takes a file piece by piece and fills the array that its header announces. */
class IdxParser {
  readonly #name: string;
  readonly #rank: number | undefined;
  /** The most bytes that the source can deliver. */
  readonly #available: number;
  readonly #maxBytes: number;
  readonly #header: number[] = [];
  #shape: readonly number[] = [];
  #values: Uint8Array | null = null;
  #filled = 0;

  constructor(name: string, rank: number | undefined, available: number, maxBytes: number) {
    this.#name = name;
    this.#rank = rank;
    this.#available = available;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (this.#values === null && at < chunk.length) {
      this.#header.push(chunk[at++]!);
      if (this.#header.length === 4) this.#checkMagic();
      if (this.#header.length >= 4 && this.#header.length === 4 + 4 * this.#header[3]!) this.#allocate();
    }
    if (this.#values === null) return;
    const rest = chunk.subarray(at);
    if (rest.length > this.#values.length - this.#filled) {
      throw new FormatError(
        this.#name,
        `more bytes than the ${this.#values.length} values of [${this.#shape.join(", ")}]`,
      );
    }
    this.#values.set(rest, this.#filled);
    this.#filled += rest.length;
  }

  finish(): IdxArray {
    if (this.#values === null)
      throw new FormatError(this.#name, `truncated: the header ends after ${this.#header.length} bytes`);
    if (this.#filled < this.#values.length) throw this.#truncated(this.#values.length, this.#filled);
    return { shape: this.#shape, values: this.#values };
  }

  #checkMagic(): void {
    const [zero0, zero1, type, rank] = this.#header;
    if (zero0 !== 0 || zero1 !== 0) {
      const magic = this.#header.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
      throw new FormatError(this.#name, `not an IDX file: expected it to begin with 00 00, got ${magic}`);
    }
    if (type !== 0x08)
      throw new FormatError(
        this.#name,
        `expected unsigned bytes (type 0x08), got type 0x${type!.toString(16).padStart(2, "0")}`,
      );
    if (rank === 0 || (this.#rank !== undefined && rank !== this.#rank)) {
      throw new FormatError(this.#name, `expected ${this.#rank ?? "at least 1"} dimensions, got ${rank}`);
    }
  }

  #allocate(): void {
    const view = new DataView(Uint8Array.from(this.#header).buffer);
    this.#shape = Array.from({ length: this.#header[3]! }, (_, i) => view.getUint32(4 + 4 * i));
    const size = this.#shape.reduce((product, extent) => product * extent, 1);
    if (size > this.#maxBytes) {
      throw new FormatError(
        this.#name,
        `[${this.#shape.join(", ")}] takes ${size} bytes, more than the limit of ${this.#maxBytes}`,
      );
    }
    if (size > this.#available) throw this.#truncated(size, this.#available);
    this.#values = new Uint8Array(size);
  }

  #truncated(expected: number, most: number): FormatError {
    return new FormatError(
      this.#name,
      `truncated: [${this.#shape.join(", ")}] takes ${expected} values, there are at most ${most}`,
    );
  }
}
