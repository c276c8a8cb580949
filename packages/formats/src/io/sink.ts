import type { Bytes } from "./bytes.ts";
/** Takes bytes one piece after the other. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Collects what `fill` writes in memory. */
export async function collectBytes(fill: (sink: Sink) => Promise<void>): Promise<Bytes> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  await fill({
    async write(bytes) {
      pieces.push(bytes.slice());
      size += bytes.length;
    },
  });
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
