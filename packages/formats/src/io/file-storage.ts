import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "./byte-source.ts";
import type { Bytes } from "./bytes.ts";
import { type FileDType, layoutOf, swapBytes } from "./file-dtype.ts";
import { costOfByte, freeRatio } from "./read-limits.ts";

/** A run of bytes that is read when it is wanted: a stretch of a file, an entry of an archive, an array in memory. */
export interface Region {
  readonly byteLength: number;
  /** The bytes that it takes in the file, where it is compressed. @default byteLength */
  readonly storedBytes?: number | undefined;
  /** A fresh copy of a part, at the start of a buffer of its own. */
  read(offset: number, length: number): Promise<Bytes>;
}

/** What a storage is made of. */
export interface FileStorageOptions {
  readonly source: ByteSource;
  /** What errors call it, e.g. `storage 3`. */
  readonly label: string;
  readonly dtype: FileDType;
  /** What the file calls a dtype that is `unknown` here. @default dtype */
  readonly dtypeName?: string;
  /** Bytes of an element, which may be a part of one. @default those of the dtype; needed if that is `unknown` */
  readonly elementBytes?: number;
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
  readonly dtypeName: string;
  readonly elementBytes: number;
  readonly count: number;
  readonly #bigEndian: boolean;
  #views: Map<string, FileStorage> | null = null;
  #region: Region | null = null;
  /** Bytes that tensors on this storage came to. */
  #viewed = 0;

  constructor(options: FileStorageOptions) {
    const { source, label, dtype, dtypeName = dtype, count, bigEndian = false } = options;
    const { elementBytes = dtype === "unknown" ? 1 : layoutOf(dtype).bytes } = options;
    if (!Number.isSafeInteger(count) || count < 0) throw new FormatError(source.name, `${label} has ${count} elements`);
    source.budget.spend(storageCost, label);
    this.source = source;
    this.label = label;
    this.dtype = dtype;
    this.dtypeName = dtypeName;
    this.elementBytes = elementBytes;
    this.count = count;
    this.#bigEndian = bigEndian;
    if (this.byteLength > source.tensorBytes)
      throw new FormatError(
        source.name,
        `${label} takes ${this.byteLength} bytes, more than the limit (tensorBytes) of ${source.tensorBytes}`,
      );
  }

  get byteLength(): number {
    return this.count * this.elementBytes;
  }

  /** Says where the elements lie. @throws FormatError if there are too few bytes. */
  locate(region: Region): this {
    if (region.byteLength < this.byteLength) {
      throw new FormatError(
        this.source.name,
        `truncated: ${this.label} needs ${this.byteLength} bytes for ${this.count} ${this.dtypeName}, the file has ${region.byteLength}`,
      );
    }
    this.#region = region;
    return this;
  }

  /** The bytes of some elements, little-endian. */
  async read(start: number, count: number): Promise<Bytes> {
    const raw = await this.#bytes(start * this.elementBytes, count * this.elementBytes);
    if (this.#bigEndian) swapBytes(raw, this.elementBytes);
    return raw;
  }

  /** The bytes of some elements, or of all, one piece of at most 64 MiB after the other. */
  async *pieces(start: number = 0, count: number = this.count): AsyncGenerator<Bytes, void, undefined> {
    for (let done = 0; done < count; done += elementsAtOnce)
      yield await this.read(start + done, Math.min(elementsAtOnce, count - done));
  }

  /** The bytes of a part, as they are in the file. */
  async #bytes(offset: number, length: number): Promise<Bytes> {
    if (this.#region === null) throw new FormatError(this.source.name, `${this.label} is not in the file`);
    return this.#region.read(offset, length);
  }

  /** The same bytes as elements of another dtype: always the same storage for the same dtype. */
  viewAs(element: Pick<FileStorage, "dtype" | "dtypeName" | "elementBytes">): FileStorage {
    this.#views ??= new Map();
    const known = this.#views.get(element.dtypeName);
    if (known !== undefined) return known;
    const { source, label, byteLength } = this;
    const count = Math.floor(byteLength / element.elementBytes);
    const view = new FileStorage({ source, label, ...element, count, bigEndian: this.#bigEndian });
    const read = (start: number, length: number): Promise<Bytes> => this.#bytes(start, length);
    this.#views.set(element.dtypeName, view.locate({ byteLength, storedBytes: this.#region?.storedBytes, read }));
    return view;
  }

  /** Bytes to which tensors on this storage may come for nothing, since the file has as many itself. */
  get freeBytes(): number {
    const { byteLength } = this;
    return Math.max(byteLength, freeRatio * Math.min(byteLength, this.#region?.storedBytes ?? byteLength));
  }

  /**
   * Counts the bytes of a tensor on this storage, once for each tensor: what all together repeat beyond measure is paid for.
   *
   * @throws FormatError if the file may not make so much of itself.
   */
  pay(bytes: number, tensor: string): void {
    const beyond = (viewed: number): number => Math.max(0, viewed - this.freeBytes);
    this.source.budget.spend(costOfByte * (beyond(this.#viewed + bytes) - beyond(this.#viewed)), tensor);
    this.#viewed += bytes;
  }
}

/** Elements that are read at once where a storage is read in parts; those of the widest dtype take 64 MiB. */
const elementsAtOnce = 2 ** 22;

/** Bytes of memory that a storage takes beside its elements. */
const storageCost = 512;

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
