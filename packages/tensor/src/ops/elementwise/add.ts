import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { noteSum } from "../../tensor/running-sum.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";

const op = defineBinary({
  name: "add",
  role: "add",
  opcode: opcodes.add,
  int32: opcodes.addInt,
  gpu: "a + b",
  vjp: (grad) => [() => grad, () => grad],
});

/** a + b, broadcast. Of tensors and numbers, at least one is a tensor. */
export function add(a: Num, b: Num): Tensor {
  const total = op(a, b);
  noteSum(total);
  return total;
}
