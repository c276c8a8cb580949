// Lists of numbers are compared at once: vitest looks at each entry as if it might be anything, a second for a million.
import { expect } from "vitest";

/** True if two lists hold the same numbers; all else is for vitest to say. */
function sameNumbers(a: unknown, b: unknown): true | undefined {
  if (!isList(a) || !isList(b) || a.length !== b.length) return undefined;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return undefined;
  for (let i = 0; i < a.length; i++) if (typeof a[i] !== "number" || !Object.is(a[i], b[i])) return undefined;
  return true;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

expect.addEqualityTesters([sameNumbers]);
