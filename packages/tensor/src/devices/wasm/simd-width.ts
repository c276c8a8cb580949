import { showValue } from "../../checks/show-value.ts";
import { ValueError } from "../../errors.ts";

/** Bits that one operation of a kernel's inner loop works on. */
export type SimdWidth = 128 | 256;

/** V8's flag for fusing two neighbouring operations of 128 bits into one of AVX2. */
export const PAIRING_FLAG = "--experimental-wasm-revectorize";

/** @throws ValueError if it is neither 128 nor 256. */
export function checkSimdWidth(op: string, name: string, width: unknown): void {
  if (width !== 128 && width !== 256)
    throw new ValueError(`${op}: ${name} must be 128 or 256, got ${showValue(width)}`);
}
