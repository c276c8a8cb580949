import { ValueError } from "@tapegrad/tensor";
import type { ByteSource } from "./byte-source.ts";
import { FileSource } from "./file-source.ts";
import { MemorySource } from "./memory-source.ts";
import type { ReadLimits } from "./read-limits.ts";

/** A path, a `file:` URL, or the bytes of a file. */
export type FileInput = string | URL | Uint8Array;

/**
 * Opens what a reader was given. Files are not read here, and are open only while something is being read, so nothing
 * has to be closed.
 *
 * @throws FormatError if there is no such file or it is no regular file.
 * @throws ValueError if it is no path, URL or bytes.
 */
export async function openSource(input: FileInput, limits: ReadLimits = {}): Promise<ByteSource> {
  if (input instanceof Uint8Array) return new MemorySource("bytes", input, limits);
  if (typeof input === "string" || input instanceof URL) return FileSource.open(input, limits);
  throw new ValueError("a file is given by its path, a file: URL, or its bytes in a Uint8Array");
}
