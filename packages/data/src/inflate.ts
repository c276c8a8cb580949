import { FormatError } from "@tapegrad/tensor";

/**
 * The contents of a gzip file, piece by piece, as they are asked for: whoever stops asking stops the inflating, so a file that
 * swells without end costs nothing.
 *
 * @throws FormatError naming the file, if it is damaged or truncated.
 */
export async function* inflate(bytes: Uint8Array, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new FormatError(
          name,
          `damaged or truncated gzip (${cause instanceof Error ? cause.message : String(cause)})`,
          { cause },
        );
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
