import { FormatError } from "@tapegrad/tensor";
import type { ReadLimits } from "./read-limits.ts";

/** Bytes that can be read piece by piece: a file, or what is already in memory. */
export interface ByteSource {
  /** What errors call it: the path as it was given, or `bytes`. */
  readonly name: string;
  readonly size: number;
  /** How large its parts may be. */
  readonly limits: ReadLimits;
  /** A fresh copy of `length` bytes from `offset`, at the start of a buffer of its own. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Keeps the file open while `fn` runs, for many reads in a row. */
  held<R>(fn: () => Promise<R>): Promise<R>;
}

/** A path, a `file:` URL, or the bytes of a file. */
export type FileInput = string | URL | Uint8Array;

/**
 * Opens what a reader was given. Files are not read here, and are open only while something is being read, so nothing
 * has to be closed.
 *
 * @throws FormatError if there is no such file or it is no regular file.
 */
export async function openSource(input: FileInput, limits: ReadLimits = {}): Promise<ByteSource> {
  return input instanceof Uint8Array ? new MemorySource(input, limits) : FileSource.open(input, limits);
}

/** Throws unless `offset … offset + length` lies within the source. */
function checkRange({ name, size }: ByteSource, offset: number, length: number): void {
  if (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  )
    return;
  throw new FormatError(
    name,
    `truncated: bytes ${offset} to ${offset + length} were wanted of a file of ${size} bytes`,
  );
}

class MemorySource implements ByteSource {
  readonly name = "bytes";
  readonly size: number;
  readonly limits: ReadLimits;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, limits: ReadLimits) {
    this.#bytes = bytes;
    this.size = bytes.length;
    this.limits = limits;
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    checkRange(this, offset, length);
    return new Uint8Array(this.#bytes.subarray(offset, offset + length));
  }

  held<R>(fn: () => Promise<R>): Promise<R> {
    return fn();
  }
}

type FileHandle = import("node:fs/promises").FileHandle;

/** What must stay the same while a file is read in pieces. */
interface FileIdentity {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly limits: ReadLimits;
  readonly #path: string | URL;
  readonly #identity: FileIdentity;
  #handle: Promise<FileHandle> | null = null;
  #users = 0;

  private constructor(path: string | URL, identity: FileIdentity, limits: ReadLimits) {
    this.name = nameOf(path);
    this.size = identity.size;
    this.limits = limits;
    this.#path = path;
    this.#identity = identity;
  }

  static async open(path: string | URL, limits: ReadLimits): Promise<FileSource> {
    const { stat } = await import("node:fs/promises");
    let status: Awaited<ReturnType<typeof stat>>;
    try {
      status = await stat(path);
    } catch (cause) {
      throw new FormatError(nameOf(path), `cannot be opened: ${messageOf(cause)}`, { cause });
    }
    if (!status.isFile()) throw new FormatError(nameOf(path), "is not a regular file");
    return new FileSource(path, status, limits);
  }

  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    checkRange(this, offset, length);
    return this.#withHandle(async (handle) => {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0)
          throw new FormatError(this.name, `truncated: it ended at byte ${offset + filled} while it was read`);
        filled += bytesRead;
      }
      return bytes;
    });
  }

  held<R>(fn: () => Promise<R>): Promise<R> {
    return this.#withHandle(fn);
  }

  /** Opens the file for the first of several users at once and closes it after the last. */
  async #withHandle<R>(fn: (handle: FileHandle) => Promise<R>): Promise<R> {
    this.#users++;
    this.#handle ??= this.#open();
    const opened = this.#handle;
    try {
      return await fn(await opened);
    } finally {
      if (--this.#users === 0) {
        this.#handle = null;
        await opened.then((handle) => handle.close()).catch(() => undefined);
      }
    }
  }

  async #open(): Promise<FileHandle> {
    const { open } = await import("node:fs/promises");
    let handle: FileHandle;
    try {
      handle = await open(this.#path, "r");
    } catch (cause) {
      throw new FormatError(this.name, `cannot be opened: ${messageOf(cause)}`, { cause });
    }
    const { ino, size, mtimeMs } = await handle.stat();
    const first = this.#identity;
    if (ino === first.ino && size === first.size && mtimeMs === first.mtimeMs) return handle;
    await handle.close();
    throw new FormatError(this.name, "changed since it was opened; read it again");
  }
}

function nameOf(path: string | URL): string {
  return path instanceof URL ? decodeURIComponent(path.pathname) : path;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
