import { deflateSync } from "node:zlib";

/** A PNG made of a header and pixels that may be anything. */
export function pngFile(
  {
    width,
    height,
    depth = 8,
    colourType = 2,
    interlace = 0,
  }: { width: number; height: number; depth?: number; colourType?: number; interlace?: number },
  chunks: readonly Uint8Array[],
): Uint8Array {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  [depth, colourType, 0, 0, interlace].forEach((byte, i) => header.setUint8(8 + i, byte));
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Uint8Array.from(
    Buffer.concat([
      signature,
      pngChunk("IHDR", new Uint8Array(header.buffer)),
      ...chunks,
      pngChunk("IEND", new Uint8Array()),
    ]),
  );
}

export function pngChunk(type: string, body: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + body.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length);
  chunk.set(Buffer.from(type, "latin1"), 4);
  chunk.set(body, 8);
  view.setUint32(8 + body.length, crc32(chunk.subarray(4, 8 + body.length)));
  return chunk;
}

/** A picture of one colour. */
export function plainPng(width: number, height: number, colour: readonly [number, number, number]): Uint8Array {
  const row = [0, ...Array.from({ length: width }, () => colour).flat()];
  const raw = Uint8Array.from(Array.from({ length: height }, () => row).flat());
  return pngFile({ width, height }, [pngChunk("IDAT", deflateSync(raw))]);
}

/** Bit by bit, as the PNG specification defines it. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
