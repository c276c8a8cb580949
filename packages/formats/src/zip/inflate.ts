import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "../byte-source.ts";

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

/**
 * The first `wanted` bytes of a deflated stretch. Never holds more than those, whatever the stretch would inflate to.
 *
 * @throws FormatError if the data is damaged, or the whole is wanted and does not come to the size that was declared.
 */
export async function inflate(
  { source, label, offset, compressedSize, size }: Deflated,
  wanted: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const fail = (problem: string, cause?: unknown): FormatError =>
    new FormatError(source.name, `${label} ${problem}`, { cause });
  const { readable, writable } = new DecompressionStream("deflate-raw");
  const reader = readable.getReader();
  let readError: unknown = null;
  const feeding = feed(writable.getWriter(), async (start) => {
    const length = Math.min(chunk, compressedSize - start);
    return length <= 0 ? null : source.read(offset + start, length);
  }).catch((error: unknown) => {
    readError = error;
  });

  const result = new Uint8Array(wanted);
  let filled = 0;
  try {
    while (filled < wanted || wanted === size) {
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.length > size) throw fail(`inflates to more than the ${size} bytes that it declares`);
      result.set(value.subarray(0, wanted - filled), filled);
      filled += Math.min(value.length, wanted - filled);
    }
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw readError instanceof FormatError ? readError : fail("is damaged: its compressed data is invalid", cause);
  } finally {
    await reader.cancel().catch(() => undefined);
    await feeding;
  }
  if (filled < wanted)
    throw readError instanceof FormatError
      ? readError
      : fail(`inflates to ${filled} bytes where ${wanted} were declared`);
  return result;
}

/** Writes pieces until there are none, waiting while the stream is full. */
async function feed(
  writer: WritableStreamDefaultWriter<BufferSource>,
  pieceAt: (start: number) => Promise<Uint8Array<ArrayBuffer> | null>,
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
