import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "../io/byte-source.ts";
import type { Bytes } from "../io/bytes.ts";
import type { Region } from "../io/file-storage.ts";
import { crc32 } from "./crc32.ts";
import { inflate } from "./inflate.ts";

/** What the directory of an archive says of an entry. */
export interface EntryRecord {
  readonly name: string;
  readonly deflated: boolean;
  readonly checksum: number;
  readonly compressedSize: number;
  readonly size: number;
}

/** Where the data of an entry begins in the file: found when it is first read. */
export type Locate = () => Promise<number>;

/** A deflated entry is inflated anew for so much: once for the header of an array and once for its values. */
const inflatedAnew = 3;
/** What inflating counts, short of 64 KiB or beyond. */
const weight = (bytes: number): number => (bytes <= 2 ** 16 ? 1 : 2);
/** An entry whose end is read has its checksum looked at, if no more than this lies before. */
const shortBeginning = 2 ** 16;

/**
 * One file in a zip archive, stored or deflated.
 *
 * A deflated entry that is asked for again and again, as by tensors that share a storage, is kept inflated in the end; so it
 * is inflated a few times at most.
 */
export class ZipEntry implements Region {
  readonly name: string;
  readonly byteLength: number;
  readonly storedBytes: number;
  readonly #source: ByteSource;
  readonly #record: EntryRecord;
  readonly #locate: Locate;
  readonly #verifyChecksum: boolean;
  #start: Promise<number> | null = null;
  #anew = 0;
  #inflated: Promise<Bytes> | null = null;

  constructor(source: ByteSource, record: EntryRecord, locate: Locate, verifyChecksum: boolean) {
    this.name = record.name;
    this.byteLength = record.size;
    this.storedBytes = record.compressedSize;
    this.#source = source;
    this.#record = record;
    this.#locate = locate;
    this.#verifyChecksum = verifyChecksum;
  }

  async read(offset: number, length: number): Promise<Bytes> {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.byteLength)) {
      throw new FormatError(
        this.#source.name,
        `truncated: bytes ${offset} to ${offset + length} of ${this.#label} were wanted, it has ${this.byteLength}`,
      );
    }
    this.#start ??= this.#locate();
    const start = await this.#start;
    return this.#record.deflated ? this.#readDeflated(start, offset, length) : this.#readStored(start, offset, length);
  }

  get #label(): string {
    return `zip entry ${this.name.slice(0, 80)}`;
  }

  async #readStored(start: number, offset: number, length: number): Promise<Bytes> {
    const bytes = await this.#source.read(start + offset, length);
    if (this.#reachesEnd(offset, length)) this.#verify(crc32(bytes, crc32(await this.#source.read(start, offset))));
    return bytes;
  }

  async #readDeflated(start: number, offset: number, length: number): Promise<Bytes> {
    if (this.#inflated === null && (this.#anew += weight(offset + length)) <= inflatedAnew)
      return this.#inflate(start, offset, length);
    this.#inflated ??= this.#inflate(start, 0, this.byteLength);
    return (await this.#inflated).slice(offset, offset + length);
  }

  async #inflate(start: number, offset: number, length: number): Promise<Bytes> {
    const deflated = { source: this.#source, label: this.#label, offset: start, ...this.#record };
    const verifies = this.#reachesEnd(offset, length);
    const beginning = verifies ? offset : 0;
    const bytes = await inflate(deflated, offset - beginning, beginning + length);
    if (verifies) this.#verify(crc32(bytes));
    return beginning === 0 ? bytes : bytes.slice(beginning);
  }

  /** Whether this is a read whose bytes, with the few before them, tell whether the entry is whole. */
  #reachesEnd(offset: number, length: number): boolean {
    return this.#verifyChecksum && offset <= shortBeginning && offset + length === this.byteLength;
  }

  #verify(checksum: number): void {
    if (checksum !== this.#record.checksum)
      throw new FormatError(this.#source.name, `${this.#label} is damaged: its checksum does not match`);
  }
}
