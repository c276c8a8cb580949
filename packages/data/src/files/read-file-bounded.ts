import { FormatError } from "@tapegrad/tensor/errors";

/**
 * The bytes of a regular file, in one go; Node only. Synchronous, because for small files waiting costs more than reading.
 *
 * @throws FormatError naming the file, if it cannot be read, is no regular file, or is larger than `maxBytes`.
 */
export function readFileBounded(path: string | URL, maxBytes: number): Uint8Array {
  const fs = process.getBuiltinModule("node:fs");
  try {
    const stat = fs.statSync(path);
    if (!stat.isFile()) throw new FormatError(String(path), "not a regular file");
    if (stat.size > maxBytes)
      throw new FormatError(String(path), `${stat.size} bytes are more than the limit of ${maxBytes}`);
    return fs.readFileSync(path);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(String(path), `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    });
  }
}
