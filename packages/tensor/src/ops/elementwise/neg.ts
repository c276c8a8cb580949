import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** −x. */
export const neg: (x: Tensor) => Tensor = defineUnary({
  name: "neg",
  opcode: opcodes.neg,
  int32: opcodes.negInt,
  gpu: "-a",
  vjp: (grad) => neg(grad),
});
