import { type Shape, sizeOf } from "../../tensor/shape.ts";

/** So many bytes of a kernel's results, and as many of its operands, stay in a cache until the next kernel reads them. */
export const BLOCK_BYTES: number = 2 ** 20;

/** Whether results of this shape leave the cache before they are read, unless they are made for a few pictures at a time. */
export function gainsByBlocks(shape: Shape): boolean {
  const bytes = 4 * sizeOf(shape);
  return bytes > BLOCK_BYTES && 2 * bytes <= BLOCK_BYTES * shape[0]!;
}
