import { FormatError } from "@tapegrad/tensor/errors";
import { Unzlib } from "fflate";
import { nodeZlib } from "../../files/node-zlib.ts";

/**
 * Inflates the parts of a zlib stream and hands out what comes, piece by piece, until `take` has enough: what a file swells to
 * beyond that is never made.
 *
 * Node's zlib does it where it is, several times as fast as fflate.
 *
 * @param size what is expected.
 * @throws FormatError naming the file, if the data is damaged or ends early.
 */
export async function inflateZlib(
  parts: readonly Uint8Array[],
  size: number,
  name: string,
  take: (piece: Uint8Array) => boolean,
): Promise<void> {
  const zlib = nodeZlib();
  try {
    if (zlib === null) inflateWithFflate(parts, take);
    else if (size > AT_ONCE || !inflateAtOnce(zlib, parts, size, take)) await inflateInPieces(zlib, parts, take);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(name, `damaged PNG data (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    });
  }
}

type Zlib = NonNullable<ReturnType<typeof nodeZlib>>;

/** Up to this size waiting for pieces costs more than inflating. */
const AT_ONCE = 2 ** 20;

/** @returns false if there is more than `size` bytes. */
function inflateAtOnce(
  zlib: Zlib,
  parts: readonly Uint8Array[],
  size: number,
  take: (piece: Uint8Array) => boolean,
): boolean {
  let whole;
  try {
    const data = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    whole = zlib.inflateSync(data, { maxOutputLength: size, chunkSize: Math.max(64, size + 1) });
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") return false;
    throw cause;
  }
  take(whole);
  return true;
}

function inflateInPieces(
  zlib: Zlib,
  parts: readonly Uint8Array[],
  take: (piece: Uint8Array) => boolean,
): Promise<void> {
  const stream = zlib.createInflate({ chunkSize: PIECE });
  return new Promise<void>((resolve, reject) => {
    stream.on("end", resolve);
    stream.on("error", reject);
    stream.on("data", (piece: Uint8Array) => {
      try {
        if (take(piece)) resolve();
        else return;
      } catch (error) {
        reject(error as Error);
      }
      stream.destroy();
    });
    for (const part of inLargerParts(parts)) stream.write(part);
    stream.end();
  });
}

/** Bytes that come out, and compressed ones that go in, at a time. */
const PIECE = 2 ** 16;

/** The same bytes, with small parts put together. */
function* inLargerParts(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    small.push(part);
    size += part.length;
    if (size < PIECE) continue;
    yield small.length === 1 ? part : Buffer.concat(small);
    small = [];
    size = 0;
  }
  yield Buffer.concat(small);
}

function inflateWithFflate(parts: readonly Uint8Array[], take: (piece: Uint8Array) => boolean): void {
  let enough = false;
  const stream = new Unzlib((piece) => {
    enough ||= take(piece);
  });
  for (const part of parts) {
    // At most 16 MB come out of as many bytes.
    for (let at = 0; at < part.length && !enough; at += FFLATE_PIECE) stream.push(part.subarray(at, at + FFLATE_PIECE));
  }
}

const FFLATE_PIECE = 2 ** 14;
