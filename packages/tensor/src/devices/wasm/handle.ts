import type { DType, TypedArrayOf } from "../../tensor/dtype.ts";
import type { InnerHandle } from "../device.ts";
import type { OperandSpec } from "../kernel.ts";
import type { Address, WasmOperand } from "./context.ts";
import type { Derived } from "./derived.ts";

/** In place of an address: the values are not in linear memory. */
export const ELSEWHERE = -1;

/** Where a handle's values lie: what its finalizer needs, and nothing that would keep the handle alive. */
export interface Residence {
  /** Byte address in linear memory, or `ELSEWHERE`. */
  ptr: number;
  readonly bytes: number;
  /** In which task the values came into linear memory. */
  task: number;
  /** What kernels made of the values, and would make again. */
  derived: Derived[] | null;
}

/** Values in linear memory, or, after a spill, in an array on the JavaScript heap. */
export class WasmHandle implements InnerHandle {
  readonly dtype: DType;
  readonly size: number;
  readonly token: Residence;
  /** The values while they are not in linear memory. */
  spilled: TypedArrayOf | null = null;

  constructor(dtype: DType, size: number, ptr: number) {
    this.dtype = dtype;
    this.size = size;
    this.token = { ptr, bytes: 4 * size, task: -1, derived: null };
  }
}

/** A handle of values that are not in linear memory. */
export function heapHandle(values: TypedArrayOf): WasmHandle {
  const handle = new WasmHandle(values instanceof Int32Array ? "int32" : "float32", values.length, ELSEWHERE);
  handle.spilled = values;
  return handle;
}

/** A handle as kernels see it. */
export function operandOf(handle: WasmHandle, { shape, dtype }: OperandSpec): WasmOperand {
  return { ptr: handle.token.ptr as Address, shape, dtype, size: handle.size };
}

/** Whether a handle's values are in linear memory. */
export function isResident({ token }: WasmHandle): boolean {
  return token.ptr >= 0;
}

/** The values in an array of their own; null where the engine cannot allocate it. */
export function copyToHeap(values: TypedArrayOf): TypedArrayOf | null {
  try {
    return values.slice();
  } catch {
    return null;
  }
}
