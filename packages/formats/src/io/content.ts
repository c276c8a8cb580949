import { Tensor } from "@tapegrad/tensor";
import type { FileTensor } from "./file-tensor.ts";

/** Bytes to be written, which come one piece after the other, each time that they are asked for. */
export interface Content {
  pieces(): AsyncIterable<Uint8Array>;
}

/** Pieces that are in memory. */
export function contentOf(...pieces: readonly Uint8Array[]): Content {
  return {
    async *pieces() {
      yield* pieces;
    },
  };
}

/** One content, and then another. */
export function preceded(head: Uint8Array, rest: Content): Content {
  return {
    async *pieces() {
      yield head;
      yield* rest.pieces();
    },
  };
}

/** The values of a tensor, on a device or in a file, as dense little-endian bytes of its own dtype. */
export function contentOfTensor(tensor: Tensor | FileTensor): Content {
  if (!(tensor instanceof Tensor)) return tensor;
  return {
    async *pieces() {
      yield await denseBytes(tensor);
    },
  };
}

/** The same in one piece. */
export async function denseBytes(tensor: Tensor | FileTensor): Promise<Uint8Array> {
  if (!(tensor instanceof Tensor)) return tensor.bytes();
  const { buffer, byteOffset, byteLength } = await tensor.data();
  return new Uint8Array(buffer, byteOffset, byteLength);
}
