import type { FileValues } from "./file-dtype.ts";

/** Whole numbers as int32, and where the first stands that does not fit; −1 if all do. */
export function narrowToInt32(values: Exclude<FileValues, Float32Array | Float64Array>): {
  narrow: Int32Array;
  lost: number;
} {
  if (values instanceof Int32Array) return { narrow: values, lost: -1 };
  const narrow = new Int32Array(values.length);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    return { narrow, lost: narrowHalves(values, narrow) };
  for (let i = 0; i < narrow.length; i++) {
    narrow[i] = values[i]!;
    if (narrow[i] !== values[i]) return { narrow, lost: i };
  }
  return { narrow, lost: -1 };
}

/** The lower halves of 64-bit numbers, whose upper halves may hold nothing but the sign. Making bigints would be slow. */
function narrowHalves(values: BigInt64Array | BigUint64Array, narrow: Int32Array): number {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const signed = values instanceof BigInt64Array;
  for (let i = 0; i < narrow.length; i++) {
    const [low, high] = [words[2 * i]!, words[2 * i + 1]!];
    narrow[i] = low;
    if (high !== (signed ? low >> 31 : 0) || (!signed && low < 0)) return i;
  }
  return -1;
}
