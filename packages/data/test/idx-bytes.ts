import { gzipSync } from "node:zlib";

/** An IDX file of unsigned bytes. */
export function idxBytes(shape: readonly number[], values: ArrayLike<number>, type = 0x08): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = type;
  header[3] = shape.length;
  shape.forEach((extent, i) => header.writeUInt32BE(extent, 4 + 4 * i));
  return new Uint8Array(Buffer.concat([header, Buffer.from(Array.from(values))]));
}

/** The same bytes, compressed. */
export function gzip(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(gzipSync(bytes));
}
