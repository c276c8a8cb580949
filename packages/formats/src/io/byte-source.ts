import { FormatError } from "@tapegrad/tensor";
import type { Bytes } from "./bytes.ts";
import type { ReadBudget } from "./read-limits.ts";

/** Bytes that can be read piece by piece: a file, or what is already in memory. */
export interface ByteSource {
  /** What errors call it: the path as it was given, or `bytes`. */
  readonly name: string;
  readonly size: number;
  /** The bytes that one of its tensors may take. */
  readonly tensorBytes: number;
  /** The bytes that it may make of itself. */
  readonly budget: ReadBudget;
  /** A fresh copy of `length` bytes from `offset`, at the start of a buffer of its own. */
  read(offset: number, length: number): Promise<Bytes>;
  /** Keeps the file open while `fn` runs, for many reads in a row. */
  held<R>(fn: () => Promise<R>): Promise<R>;
}

/** @throws FormatError unless `offset … offset + length` lies within the source. */
export function checkRange({ name, size }: Pick<ByteSource, "name" | "size">, offset: number, length: number): void {
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

/** Room for bytes of a file. @throws FormatError if the engine has no array so large, or no memory for it. */
export function allocate(file: string, length: number): Bytes {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new FormatError(file, `${length} bytes were wanted at once, which this JavaScript engine cannot give`, {
      cause,
    });
  }
}
