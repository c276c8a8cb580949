import { IndexError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";

/** @throws IndexError unless `index` is one of 0 … `length` − 1. */
export function checkIndex(dataset: string, index: number, length: number): void {
  if (Number.isInteger(index) && index >= 0 && index < length) return;
  throw new IndexError(`${dataset}: index ${showValue(index)} is out of range for ${length} examples`);
}

/**
 * A position that may count from the end, as in Python: −1 is the last.
 *
 * @throws IndexError unless it is one of −`length` … `length` − 1.
 */
export function resolveIndex(dataset: string, index: number, length: number): number {
  const position = index < 0 ? index + length : index;
  if (Number.isInteger(position) && position >= 0 && position < length) return position;
  throw new IndexError(`${dataset}: index ${showValue(index)} is out of range for ${length} examples`);
}
