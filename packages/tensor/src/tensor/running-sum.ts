import { tellOnce } from "../checks/tell-once.ts";
import type { OpRecord } from "../op.ts";
import type { Tensor } from "./tensor.ts";

/** So many used-up losses in one sum are no accident. */
const MANY = 16;

/** How many used-up losses have been added up in a record and those before it. */
const lengths = new WeakMap<OpRecord, number>();

/**
 * Tells, once, of a recorded sum to which one loss after another is added although `backward` went through each: no gradient
 * can flow there any more, and every loss stays in memory with its record. Of sums that are still to be differentiated, however
 * long, it says nothing.
 */
export function noteSum({ size, record }: Tensor): void {
  if (size !== 1 || record === null || !record.inputs.some(isUsedUp)) return;
  const length = 1 + Math.max(...record.inputs.map((input) => (input.record && lengths.get(input.record)) ?? 0));
  lengths.set(record, length);
  if (length !== MANY) return;
  tellOnce(
    "add: a sum of losses keeps every loss and its record, since each was added as it is after backward. Add its value " +
      "instead: total = add(total, loss.detach()), or total += await loss.item()",
  );
}

/** Whether backward went through the tensor, or, in the meantime, through a loss that was added to it. */
function isUsedUp({ record }: Tensor): boolean {
  return record !== null && (record.released || record.inputs.some((input) => input.record?.released === true));
}
