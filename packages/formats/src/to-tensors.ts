import { FormatError } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import type { FileTensor } from "./file-tensor.ts";

/** Bytes that tensors may come to beyond a multiple of what their storages take in the file. */
const roomBeyondFile = 2 ** 28;

/**
 * Reads tensors of a file onto the current device, one after the other: floats as float32, integers as int32.
 *
 * @throws FormatError if an integer does not fit int32, or the tensors repeat their storages beyond measure.
 */
export async function toTensors(dict: ReadonlyMap<string, FileTensor>): Promise<Map<string, Tensor>> {
  checkTotal(dict);
  const tensors = new Map<string, Tensor>();
  const [first] = dict.values();
  const read = async (): Promise<void> => {
    for (const [name, tensor] of dict) tensors.set(name, await tensor.toTensor());
  };
  await (first === undefined ? read() : first.storage.source.held(read));
  return tensors;
}

/** Views may repeat a storage any number of times: a small file must not fill the memory. */
function checkTotal(dict: ReadonlyMap<string, FileTensor>): void {
  const storages = new Set(Array.from(dict.values(), ({ storage }) => storage));
  let stored = 0;
  for (const { byteLength } of storages) stored += byteLength;
  let total = 0;
  for (const tensor of dict.values()) {
    total += 4 * tensor.size;
    if (total > 8 * stored + roomBeyondFile) {
      throw new FormatError(
        tensor.storage.source.name,
        `its tensors come to more than ${total} bytes from ${stored}: refused as a bomb`,
      );
    }
  }
}
