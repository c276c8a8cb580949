import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";
import { neg } from "./neg.ts";

/** a − b, broadcast. */
export const sub: (a: Num, b: Num) => Tensor = defineBinary({
  name: "sub",
  opcode: opcodes.sub,
  int32: opcodes.subInt,
  gpu: "a - b",
  vjp: (grad) => [() => grad, () => neg(grad)],
});
