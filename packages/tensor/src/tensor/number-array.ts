/** Numbers in memory of their own. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Whether a value is a typed array of numbers: bigints are none, and a `DataView` is no array. */
export function isNumberArray(value: unknown): value is NumberArray {
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return false;
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
