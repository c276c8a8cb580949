import { FormatError } from "@tapegrad/tensor";
import { allocate, type ByteSource, checkRange } from "./byte-source.ts";
import type { Bytes } from "./bytes.ts";
import { needFiles } from "./need-files.ts";
import { ReadBudget, type ReadLimits } from "./read-limits.ts";

type FileSystem = typeof import("node:fs");

/** What must stay the same while a file is read in pieces. */
interface FileIdentity {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

/** Systems read less than 2 GiB at once; smaller parts keep their threads free for others. */
const largestRead = 2 ** 26;
/** Reads up to so many bytes take less time than handing them to another thread. */
const smallRead = 2 ** 16;
/** Turns of the microtask queue for which a file stays open, so that a loop of reads opens it once. */
const lingering = 32;

/** A file, which is open only while something is being read. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly tensorBytes: number;
  readonly budget: ReadBudget;
  readonly #fs: FileSystem;
  readonly #path: string | URL;
  readonly #identity: FileIdentity;
  #descriptor: number | null = null;
  #users = 0;

  private constructor(fs: FileSystem, path: string | URL, identity: FileIdentity, limits: ReadLimits) {
    this.name = nameOf(path);
    this.size = identity.size;
    this.tensorBytes = limits.tensorBytes ?? Infinity;
    this.budget = new ReadBudget(this.name, limits);
    this.#fs = fs;
    this.#path = path;
    this.#identity = identity;
  }

  /** @throws FormatError if there is no such file or it is no regular file. */
  static async open(path: string | URL, limits: ReadLimits): Promise<FileSource> {
    needFiles(nameOf(path));
    const fs = process.getBuiltinModule("node:fs");
    const status = reading(nameOf(path), "opened", () => fs.statSync(path));
    if (!status.isFile()) throw new FormatError(nameOf(path), "is not a regular file");
    return new FileSource(fs, path, status, limits);
  }

  async read(offset: number, length: number): Promise<Bytes> {
    checkRange(this, offset, length);
    const bytes = allocate(this.name, length);
    await this.#whileOpen(async (descriptor) => {
      for (let filled = 0; filled < length;) {
        const count = await this.#readInto(descriptor, bytes.subarray(filled, filled + largestRead), offset + filled);
        if (count === 0)
          throw new FormatError(this.name, `truncated: it ended at byte ${offset + filled} while it was read`);
        filled += count;
      }
    });
    return bytes;
  }

  held<R>(fn: () => Promise<R>): Promise<R> {
    return this.#whileOpen(fn);
  }

  #readInto(descriptor: number, bytes: Uint8Array, position: number): number | Promise<number> {
    if (bytes.length <= smallRead)
      return reading(this.name, "read", () => this.#fs.readSync(descriptor, bytes, 0, bytes.length, position));
    return new Promise((resolve, reject) => {
      this.#fs.read(descriptor, bytes, 0, bytes.length, position, (cause, count) => {
        if (cause === null) resolve(count);
        else reject(new FormatError(this.name, `cannot be read: ${cause.message}`, { cause }));
      });
    });
  }

  /** Opens the file for the first of several users at once, and closes it soon after the last. */
  async #whileOpen<R>(fn: (descriptor: number) => Promise<R>): Promise<R> {
    const descriptor = this.#opened();
    this.#users++;
    try {
      return await fn(descriptor);
    } finally {
      void this.#leave();
    }
  }

  async #leave(): Promise<void> {
    for (let turn = 0; turn < lingering; turn++) await Promise.resolve();
    if (--this.#users > 0 || this.#descriptor === null) return;
    this.#fs.closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  /** @throws FormatError if it is another file than it was. */
  #opened(): number {
    this.#descriptor ??= reading(this.name, "opened", () => this.#fs.openSync(this.#path, "r"));
    const descriptor = this.#descriptor;
    const { ino, size, mtimeMs } = reading(this.name, "read", () => this.#fs.fstatSync(descriptor));
    const first = this.#identity;
    if (ino === first.ino && size === first.size && mtimeMs === first.mtimeMs) return descriptor;
    if (this.#users === 0) {
      this.#fs.closeSync(descriptor);
      this.#descriptor = null;
    }
    throw new FormatError(this.name, "changed since it was opened; read it again");
  }
}

/** Runs a call of the file system. @throws FormatError if it fails. */
function reading<T>(name: string, verb: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw new FormatError(name, `cannot be ${verb}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** A path as it was given. */
function nameOf(path: string | URL): string {
  if (typeof path === "string") return path;
  try {
    return path.protocol === "file:" ? decodeURIComponent(path.pathname) : path.href;
  } catch {
    return path.href;
  }
}
