import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";

/** a · b, element by element, broadcast. */
export const mul: (a: Num, b: Num) => Tensor = defineBinary({
  name: "mul",
  opcode: opcodes.mul,
  int32: opcodes.mulInt,
  gpu: "a * b",
  vjp: (grad, a, b) => [() => mul(grad, b), () => mul(grad, a)],
  reads: "inputs",
});
