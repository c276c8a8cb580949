import type { Tensor } from "@tapegrad/tensor";
import { type Comparable, differenceOf } from "../expect-close.ts";

/** The largest magnitude among the values, but at least the smallest normal float32, so that a tolerance is not 0. */
export function largest(values: Tensor | ArrayLike<number>): number {
  const flat = "dataSync" in values ? values.dataSync() : values;
  let found = 2 ** -126;
  for (let i = 0; i < flat.length; i++) found = Math.max(found, Math.abs(flat[i]!));
  return found;
}

/** @throws Error with the message `complaint`, and the difference, if values differ by more than `atol`. */
export function expectNear(actual: Comparable, expected: Comparable, atol: number, complaint: string): void {
  const difference = differenceOf(actual, expected, { rtol: 0, atol });
  if (difference !== null) throw new Error(`${complaint}: ${difference}`);
}
