// Lists of numbers are compared at once: vitest looks at each entry as if it might be anything, a second for a million.
import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";

/** True if two lists hold the same numbers, and nothing else; what differs is for vitest to say. */
function sameNumbers(a: unknown, b: unknown): true | undefined {
  return holdsNumbers(a) && isDeepStrictEqual(a, b) ? true : undefined;
}

function holdsNumbers(value: unknown): boolean {
  return ArrayBuffer.isView(value) || (Array.isArray(value) && value.every((each) => typeof each === "number"));
}

expect.addEqualityTesters([sameNumbers]);
