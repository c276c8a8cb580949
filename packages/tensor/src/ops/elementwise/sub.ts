import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";
import { neg } from "./neg.ts";

const op = defineBinary({
  name: "sub",
  opcode: opcodes.sub,
  int32: opcodes.subInt,
  gpu: "a - b",
  vjp: (grad) => [() => grad, () => neg(grad)],
  reads: "nothing",
});

/** a − b, broadcast. */
export function sub(a: Num, b: Num): Tensor {
  return op(a, b);
}
