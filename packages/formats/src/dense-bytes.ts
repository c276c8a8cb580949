import { Tensor } from "@tapegrad/tensor";
import type { FileTensor } from "./file-tensor.ts";

/** The values of a tensor, on a device or in a file, as dense little-endian bytes of its own dtype. */
export async function denseBytes(tensor: Tensor | FileTensor): Promise<Uint8Array> {
  if (!(tensor instanceof Tensor)) return tensor.bytes();
  const { buffer, byteOffset, byteLength } = await tensor.data();
  return new Uint8Array(buffer, byteOffset, byteLength);
}
