import { nodeZlib } from "./node-zlib.ts";

/** The checksum of zlib and PNG; Node's own where there is one, ten times as fast. */
export function crc32(bytes: Uint8Array): number {
  const native = nodeZlib()?.crc32;
  if (native !== undefined) return native(bytes);
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
