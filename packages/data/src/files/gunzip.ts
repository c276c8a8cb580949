import { FormatError } from "@tapegrad/tensor/errors";
import { nodeZlib } from "./node-zlib.ts";

/**
 * The contents of a gzip file, piece by piece, as they are asked for. Who stops asking stops the inflating, so a file
 * that swells without end costs nothing.
 *
 * @throws FormatError naming the file, if it is damaged or truncated.
 */
export async function* gunzip(bytes: Uint8Array, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  const zlib = nodeZlib();
  const pieces = zlib === null ? gunzipOnPage(bytes) : zlib.createGunzip({ chunkSize: PIECE });
  if ("end" in pieces) pieces.end(bytes);
  const iterator = pieces[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const { done, value } = await iterator.next().catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new FormatError(name, `damaged or truncated gzip (${why})`, { cause });
      });
      if (done === true) return;
      yield value;
    }
  } finally {
    await iterator.return?.().catch(() => undefined);
  }
}

/** Bytes that come out at a time. */
const PIECE = 2 ** 16;

async function* gunzipOnPage(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
