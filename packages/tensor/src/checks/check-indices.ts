import { DTypeError, IndexError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check-tensor.ts";

/**
 * Checks that every value of an int32 tensor is a valid index: in `[0, bound)`, or equal to `except`.
 *
 * Tensors made on the host know their range, so this costs nothing there. Computed ones are read back on synchronous
 * devices; on `gpu:webgpu` they are trusted, for they come from ops such as `argmax`.
 *
 * @throws DTypeError if the tensor is not int32. @throws IndexError naming `op`, the value and the bound.
 */
export function checkIndices(op: string, indices: Tensor, bound: number, what = "index", except?: number): void {
  checkTensor(op, indices, what);
  if (indices.dtype !== "int32")
    throw new DTypeError(`${op}: expected int32 ${what} values, got a ${indices.dtype} tensor`);
  const range = indices.storage.intRange;
  if (range !== null && range[0] >= 0 && range[1] < bound) return;
  if (range === null && !indices.device.synchronous) return;
  const values = indices.storage.hostValues ?? indices.dataSync();
  for (const value of values) {
    if ((value < 0 || value >= bound) && value !== except) {
      throw new IndexError(`${op}: ${what} ${value} is out of range; expected an integer in [0, ${bound - 1}]`);
    }
  }
}
