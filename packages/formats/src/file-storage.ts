import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "./byte-source.ts";
import { layoutOf, swapBytes } from "./file-dtype.ts";
import type { FileDType } from "./file-dtype.ts";

/** A run of bytes that is read when it is wanted: a stretch of a file, an entry of an archive, an array in memory. */
export interface Region {
  readonly byteLength: number;
  /** A fresh copy of a part, at the start of a buffer of its own. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a storage is made of. */
export interface FileStorageOptions {
  readonly source: ByteSource;
  /** What errors call it, e.g. `storage 3`. */
  readonly label: string;
  readonly dtype: FileDType;
  /** Number of elements. */
  readonly count: number;
  readonly bigEndian?: boolean;
}

/**
 * Elements one after the other in a file, which one or more tensors view. Nothing is read before it is asked for.
 */
export class FileStorage {
  readonly source: ByteSource;
  readonly label: string;
  readonly dtype: FileDType;
  readonly count: number;
  readonly #bigEndian: boolean;
  #region: Region | null = null;

  constructor({ source, label, dtype, count, bigEndian = false }: FileStorageOptions) {
    if (!Number.isSafeInteger(count) || count < 0) throw new FormatError(source.name, `${label} has ${count} elements`);
    const { tensorBytes = Infinity } = source.limits;
    if (count * layoutOf(dtype).bytes > tensorBytes)
      throw new FormatError(
        source.name,
        `${label} takes ${count * layoutOf(dtype).bytes} bytes, more than the limit (tensorBytes) of ${tensorBytes}`,
      );
    this.source = source;
    this.label = label;
    this.dtype = dtype;
    this.count = count;
    this.#bigEndian = bigEndian;
  }

  get byteLength(): number {
    return this.count * layoutOf(this.dtype).bytes;
  }

  /** Says where the elements lie. @throws FormatError if there are too few bytes. */
  locate(region: Region): this {
    if (region.byteLength < this.byteLength) {
      throw new FormatError(
        this.source.name,
        `truncated: ${this.label} needs ${this.byteLength} bytes for ${this.count} ${this.dtype}, the file has ${region.byteLength}`,
      );
    }
    this.#region = region;
    return this;
  }

  /** The bytes of some elements, little-endian. */
  async read(start: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#region === null) throw new FormatError(this.source.name, `${this.label} is not in the file`);
    const { bytes } = layoutOf(this.dtype);
    const raw = await this.#region.read(start * bytes, count * bytes);
    if (this.#bigEndian) swapBytes(raw, bytes);
    return raw;
  }
}

/** A stretch of a file. @throws FormatError if it reaches beyond the end. */
export function regionOf(source: ByteSource, label: string, offset: number, byteLength: number): Region {
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(byteLength) ||
    offset < 0 ||
    byteLength < 0 ||
    offset + byteLength > source.size
  ) {
    throw new FormatError(
      source.name,
      `truncated: ${label} would take bytes ${offset} to ${offset + byteLength} of ${source.size}`,
    );
  }
  return { byteLength, read: (start, length) => source.read(offset + start, length) };
}
