import { IndexError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";

/** @throws IndexError unless `index` is one of 0 … `length` − 1. */
export function checkIndex(dataset: string, index: number, length: number): void {
  if (Number.isInteger(index) && index >= 0 && index < length) return;
  throw new IndexError(`${dataset}: index ${showValue(index)} is out of range for ${length} examples`);
}
