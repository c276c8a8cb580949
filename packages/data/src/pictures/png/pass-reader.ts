import { FormatError } from "@tapegrad/tensor/errors";
import { unfilter } from "./unfilter.ts";

/** Takes inflated data piece by piece and hands out the rows of each pass, unfiltered. */
export class PassReader<P extends { readonly rows: number; readonly rowBytes: number }> {
  /** Bytes taken so far. */
  taken = 0;
  readonly #passes: readonly P[];
  readonly #pixelBytes: number;
  readonly #name: string;
  readonly #onRow: (pass: P, y: number, row: Uint8Array, at: number) => void;
  #pass = 0;
  #y = 0;
  /** Bytes of the current row that are there, its filter byte included. */
  #filled = 0;
  #filter = 0;
  /** The current row and the one above, after the bytes of a black pixel on their left. */
  #row: Uint8Array;
  #above: Uint8Array;

  /** @param onRow gets a row, whose bytes begin at `at`; it is overwritten afterwards. */
  constructor(
    passes: readonly P[],
    pixelBytes: number,
    name: string,
    onRow: (pass: P, y: number, row: Uint8Array, at: number) => void,
  ) {
    this.#passes = passes.filter(({ rows }) => rows > 0);
    this.#pixelBytes = pixelBytes;
    this.#name = name;
    this.#onRow = onRow;
    const longest = Math.max(...passes.map(({ rowBytes }) => rowBytes));
    this.#row = new Uint8Array(pixelBytes + longest);
    this.#above = new Uint8Array(pixelBytes + longest);
  }

  get done(): boolean {
    return this.#pass === this.#passes.length;
  }

  /** Takes the next bytes; those after the last row are passed over. @returns whether there are no more rows. */
  push(piece: Uint8Array): boolean {
    let at = 0;
    for (
      let pass = this.#passes[this.#pass];
      pass !== undefined && at < piece.length;
      pass = this.#passes[this.#pass]
    ) {
      if (this.#filled === 0) {
        this.#filter = piece[at++]!;
        this.#filled = 1;
        if (this.#filter > 4) throw new FormatError(this.#name, `damaged PNG data: row filter ${this.#filter}`);
      }
      at = this.#fill(piece, at, pass.rowBytes + 1);
      if (this.#filled === pass.rowBytes + 1) this.#finishRow(pass);
    }
    this.taken += at;
    return this.done;
  }

  #fill(piece: Uint8Array, at: number, size: number): number {
    const count = Math.min(size - this.#filled, piece.length - at);
    const to = this.#pixelBytes + this.#filled - 1;
    if (count < 32) for (let i = 0; i < count; i++) this.#row[to + i] = piece[at + i]!;
    else this.#row.set(piece.subarray(at, at + count), to);
    this.#filled += count;
    return at + count;
  }

  #finishRow(pass: P): void {
    const from = this.#pixelBytes;
    unfilter(this.#filter, this.#row, this.#above, from, from + pass.rowBytes);
    this.#onRow(pass, this.#y, this.#row, from);
    this.#filled = 0;
    [this.#row, this.#above] = [this.#above, this.#row];
    if (++this.#y < pass.rows) return;
    this.#pass++;
    this.#y = 0;
    this.#above.fill(0);
  }
}
