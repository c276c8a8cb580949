import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join, posix } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { FormatError } from "@tapegrad/tensor";
import { onDisk, sha256Of } from "./fetch-file.ts";
import { claimPart, leavePart } from "./part-file.ts";

const BLOCK = 512;

/**
 * Takes certain files out of a gzip tar archive, into one folder under their own names; each is there whole or not at all.
 *
 * @returns the SHA-256 of each.
 * @throws FormatError naming the archive, if it is damaged, a file is missing or has another size.
 */
export async function extractTar(
  archive: string,
  folder: string,
  wanted: readonly { readonly name: string; readonly bytes: number }[],
): Promise<ReadonlyMap<string, string>> {
  // What goes wrong in the file goes wrong for the reader of the pipeline too, who hears of it.
  const unzipped = pipeline(createReadStream(archive), createGunzip(), () => undefined);
  try {
    return await extractFrom(new Chunks(unzipped, archive), archive, folder, wanted);
  } finally {
    unzipped.destroy();
  }
}

async function extractFrom(
  input: Chunks,
  archive: string,
  folder: string,
  wanted: readonly { readonly name: string; readonly bytes: number }[],
): Promise<ReadonlyMap<string, string>> {
  const sums = new Map<string, string>();
  for (;;) {
    const header = await input.read(BLOCK);
    if (header === null || header.every((byte) => byte === 0)) break;
    const { name, bytes, regular } = readHeader(header, archive);
    const file = regular ? wanted.find((each) => each.name === name) : undefined;
    const padding = (BLOCK - (bytes % BLOCK)) % BLOCK;
    if (file === undefined) {
      await input.each(bytes + padding, () => undefined);
      continue;
    }
    if (bytes !== file.bytes) throw new FormatError(archive, `${name} has ${bytes} bytes, expected ${file.bytes}`);
    sums.set(name, await extract(input, bytes, join(folder, name)));
    await input.each(padding, () => undefined);
  }
  const missing = wanted.find(({ name }) => !sums.has(name));
  if (missing !== undefined) throw new FormatError(archive, `there is no ${missing.name} in it`);
  return sums;
}

/** Writes the next bytes to a file. Gives their SHA-256. @throws FormatError if another file is there. */
async function extract(input: Chunks, bytes: number, target: string): Promise<string> {
  const part = await onDisk(target, claimPart(target));
  try {
    const hash = createHash("sha256");
    const handle = await onDisk(target, open(part, "w"));
    try {
      await input.each(bytes, async (chunk) => {
        hash.update(chunk);
        await onDisk(target, handle.appendFile(chunk));
      });
      await onDisk(target, handle.sync());
    } finally {
      await handle.close();
    }
    const sum = hash.digest("hex");
    const there = await sha256Of(target).catch(() => sum);
    if (there !== sum)
      throw new FormatError(
        target,
        "is another file than that of the archive; remove it, or download to another folder",
      );
    await onDisk(target, rename(part, target));
    return sum;
  } finally {
    await rm(part, { force: true });
    await leavePart(part);
  }
}

/** @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06 */
function readHeader(
  header: Uint8Array,
  archive: string,
): { readonly name: string; readonly bytes: number; readonly regular: boolean } {
  const text = (from: number, length: number): string =>
    Buffer.from(header.subarray(from, from + length))
      .toString("latin1")
      .replace(/\0.*$/s, "");
  const size = text(124, 12).trim();
  if (!/^[0-7]+$/.test(size))
    throw new FormatError(archive, `not a tar archive: the size of a file is ${JSON.stringify(size)}`);
  const type = text(156, 1);
  return { name: posix.basename(text(0, 100)), bytes: Number.parseInt(size, 8), regular: type === "" || type === "0" };
}

/** Bytes that come in chunks, taken in pieces of another size. */
class Chunks {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #name: string;
  #chunk: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>, name: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#name = name;
  }

  /** The next `length` bytes; null at the end. */
  async read(length: number): Promise<Uint8Array | null> {
    if (this.#chunk.length === 0 && !(await this.#next())) return null;
    const all = new Uint8Array(length);
    let at = 0;
    await this.each(length, (chunk) => {
      all.set(chunk, at);
      at += chunk.length;
    });
    return all;
  }

  /** Hands over the next `length` bytes, piece by piece. @throws FormatError if there are fewer. */
  async each(length: number, use: (chunk: Uint8Array) => unknown): Promise<void> {
    for (let left = length; left > 0;) {
      if (this.#chunk.length === 0 && !(await this.#next())) throw new FormatError(this.#name, "truncated");
      const piece = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(piece.length);
      left -= piece.length;
      await use(piece);
    }
  }

  async #next(): Promise<boolean> {
    const next = await this.#source.next().catch((cause: unknown) => {
      throw new FormatError(this.#name, `damaged (${(cause as Error).message})`, { cause });
    });
    this.#chunk = next.done === true ? new Uint8Array() : next.value;
    return next.done !== true;
  }
}
