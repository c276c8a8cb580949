import type { Address, WasmOperand } from "../../devices/wasm/context.ts";

/** An address for each of `T`; 0 stands for none. */
type Addresses<T extends readonly unknown[]> = { [K in keyof T]: Address };

/** Where operands lie; 0 for one that there is not. */
export function addressesOf<T extends readonly (WasmOperand | undefined)[]>(...operands: T): Addresses<T> {
  return operands.map((operand) => operand?.ptr ?? 0) as Addresses<T>;
}

/** Where the inputs from number `next` on lie, of which `present` says whether they are there; 0 for those that are not. */
export function optionalAddresses<T extends readonly boolean[]>(
  inputs: readonly WasmOperand[],
  next: number,
  ...present: T
): Addresses<T> {
  return present.map((there) => (there ? inputs[next++]!.ptr : 0)) as Addresses<T>;
}
