import { showValue } from "../checks/show-value.ts";
import { DTypeError } from "../errors.ts";

/** Element types that devices hold. Both take four bytes. */
export type DType = "float32" | "int32";

/** The typed array that holds values of a dtype on the host. */
export type TypedArrayOf<D extends DType = DType> = D extends "float32" ? Float32Array : Int32Array;

/** A zero-filled typed array of `size` elements. */
export function allocateHost(dtype: DType, size: number): Float32Array | Int32Array {
  return dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
}

/** float32 if either is float32, as in torch. */
export function promote(a: DType, b: DType): DType {
  return a === "float32" || b === "float32" ? "float32" : "int32";
}

/** @throws DTypeError unless `dtype` is one that devices hold. */
export function checkDType(op: string, dtype: DType): void {
  if (dtype !== "float32" && dtype !== "int32") {
    throw new DTypeError(`${op}: expected dtype "float32" or "int32", got ${showValue(dtype)}`);
  }
}
