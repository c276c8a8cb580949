import { FormatError } from "@tapegrad/tensor";
import { inflateSync } from "fflate";
import { allocate, type ByteSource } from "../io/byte-source.ts";
import type { Bytes } from "../io/bytes.ts";

/** A deflated stretch of a file. */
export interface Deflated {
  readonly source: ByteSource;
  /** What errors call it. */
  readonly label: string;
  readonly offset: number;
  readonly compressedSize: number;
  /** What the archive says it inflates to. */
  readonly size: number;
}

const chunk = 2 ** 18;
/** Up to here it takes longer to set up the platform's stream than to inflate in JavaScript. */
const small = 2 ** 16;

/**
 * `length` bytes from `start` of what a deflated stretch inflates to. Never holds more than those, whatever the stretch would
 * inflate to.
 *
 * @throws FormatError if the data is damaged, or its end is wanted and it does not come to the size that was declared.
 */
export function inflate(deflated: Deflated, start: number, length: number): Promise<Bytes> {
  const { compressedSize, size } = deflated;
  const atOnce = compressedSize <= small && size <= small;
  return atOnce ? inflateAtOnce(deflated, start, length) : inflateStream(deflated, start, length);
}

async function inflateAtOnce(deflated: Deflated, start: number, length: number): Promise<Bytes> {
  const { source, offset, compressedSize, size } = deflated;
  const compressed = await source.read(offset, compressedSize);
  let whole: Uint8Array;
  try {
    // The inflater drops what does not fit and says nothing: room for one more byte shows it.
    whole = inflateSync(compressed, { out: new Uint8Array(size + 1) });
  } catch (cause) {
    throw damaged(deflated, cause);
  }
  if (whole.length > size) throw tooMuch(deflated);
  if (whole.length < start + length) throw tooLittle(deflated, whole.length, start + length);
  return new Uint8Array(whole.subarray(start, start + length));
}

async function inflateStream(deflated: Deflated, start: number, length: number): Promise<Bytes> {
  const { source, offset, compressedSize, size } = deflated;
  const end = start + length;
  const result = allocate(source.name, length);
  const { readable, writable } = new DecompressionStream("deflate-raw");
  const reader = readable.getReader();
  let readError: unknown = null;
  const feeding = feed(writable.getWriter(), async (from) => {
    const bytes = Math.min(chunk, compressedSize - from);
    return bytes <= 0 ? null : source.read(offset + from, bytes);
  }).catch((error: unknown) => {
    readError = error;
  });

  let seen = 0;
  try {
    while (seen < end || end === size) {
      const { done, value } = await reader.read();
      if (done) break;
      if (seen + value.length > size) throw tooMuch(deflated);
      if (seen + value.length > start)
        result.set(value.subarray(Math.max(0, start - seen), Math.max(0, end - seen)), Math.max(0, seen - start));
      seen += value.length;
    }
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw readError instanceof FormatError ? readError : damaged(deflated, cause);
  } finally {
    await reader.cancel().catch(() => undefined);
    await feeding;
  }
  if (seen < end) throw readError instanceof FormatError ? readError : tooLittle(deflated, seen, end);
  return result;
}

function damaged({ source, label }: Deflated, cause: unknown): FormatError {
  return new FormatError(source.name, `${label} is damaged: its compressed data is invalid`, { cause });
}

function tooMuch({ source, label, size }: Deflated): FormatError {
  return new FormatError(source.name, `${label} inflates to more than the ${size} bytes that it declares`);
}

function tooLittle({ source, label }: Deflated, bytes: number, wanted: number): FormatError {
  return new FormatError(source.name, `${label} inflates to ${bytes} bytes where ${wanted} were declared`);
}

/** Writes pieces until there are none, waiting while the stream is full. */
async function feed(
  writer: WritableStreamDefaultWriter<BufferSource>,
  pieceAt: (start: number) => Promise<Bytes | null>,
): Promise<void> {
  try {
    let start = 0;
    for (let piece = await pieceAt(0); piece !== null; piece = await pieceAt(start)) {
      await writer.write(piece);
      start += piece.length;
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}
