import type { Tensor } from "@tapegrad/tensor";
import { differenceOf } from "../expect-close.ts";

/** Values of tensors under their names, read at once. */
export type Snapshot = ReadonlyMap<string, ArrayLike<number>>;

/** Tolerance of what must be equal bit for bit. */
const exactly = { rtol: 0, atol: 0 };

export function snapshot(state: Iterable<readonly [string, Tensor]>): Snapshot {
  return new Map(Array.from(state, ([key, value]) => [key, value.dataSync()]));
}

/** @throws Error unless the state has the same keys in the same order and the same values; `what` names it. */
export function expectSameState(
  actual: ReadonlyMap<string, Tensor>,
  expected: Snapshot,
  what = "of the state dict changed",
): void {
  const [keys, wanted] = [[...actual.keys()].join(", "), [...expected.keys()].join(", ")];
  if (keys !== wanted) throw new Error(`expected the state dict to have the keys ${wanted}, got ${keys}`);
  for (const [key, value] of actual) expectSame(value, expected.get(key)!, `${key} ${what}`);
}

/** @throws Error with the message `complaint`, and the difference, unless all bits are the same. */
export function expectSame(actual: Tensor | ArrayLike<number>, expected: ArrayLike<number>, complaint: string): void {
  const difference = differenceOf(actual, expected, exactly);
  if (difference !== null) throw new Error(`${complaint}: ${difference}`);
}
