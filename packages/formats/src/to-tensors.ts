import { FormatError, type Tensor, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import type { FileTensor } from "./io/file-tensor.ts";
import { costOfByte } from "./io/read-limits.ts";

/**
 * Reads tensors of a file onto the current device, one after the other: floats as float32, integers as int32.
 *
 * @throws ValueError if it is given no map. @throws FormatError if an integer does not fit int32, or the tensors repeat their storages beyond measure.
 */
export async function toTensors(dict: ReadonlyMap<string, FileTensor>): Promise<Map<string, Tensor>> {
  if (!(dict instanceof Map))
    throw new ValueError(`toTensors: expected the tensors of a file under their names, a Map, got ${showValue(dict)}`);
  checkTotal(dict);
  const tensors = new Map<string, Tensor>();
  const [first] = dict.values();
  const read = async (): Promise<void> => {
    for (const [name, tensor] of dict) tensors.set(name, await tensor.toTensor());
  };
  await (first === undefined ? read() : first.storage.source.held(read));
  return tensors;
}

/** Views may repeat a storage any number of times, and names a tensor: a small file must not fill the memory. */
function checkTotal(dict: ReadonlyMap<string, FileTensor>): void {
  const storages = new Set(Array.from(dict.values(), ({ storage }) => storage));
  const free = Array.from(storages).reduce((total, { freeBytes }) => total + freeBytes, 0);
  let total = 0;
  for (const { byteLength, storage } of dict.values()) {
    total += byteLength;
    const { name, budget } = storage.source;
    if (total > free + budget.left / costOfByte)
      throw new FormatError(
        name,
        `refused: its tensors come to more than ${total} bytes, beyond what its storages and the limit (budgetBytes) allow`,
      );
  }
}
