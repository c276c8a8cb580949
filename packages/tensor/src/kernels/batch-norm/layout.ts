import { type Shape, sizeOf } from "../../tensor/shape.ts";

// How tensors lie before batch norm: pictures, planes of channels, values; and gpu.js statements that sum over them.

/** Values in the smallest piece that is worth a thread's while. */
const GRAIN = 16_384;

/** `[n, c, …]` as `n` pictures of `c` planes of `inner` values. */
export function layoutOf(shape: Shape): { readonly n: number; readonly c: number; readonly inner: number } {
  return { n: shape[0]!, c: shape[1]!, inner: sizeOf(shape.slice(2)) };
}

/** Planes of `inner` values in a piece of work for a thread. */
export function planesPerPiece(inner: number): number {
  return Math.max(1, Math.ceil(GRAIN / inner));
}
