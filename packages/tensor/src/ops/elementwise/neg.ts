import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary, type Tensor } from "../internal/define-unary.ts";

/** −x. */
export const neg: (x: Tensor) => Tensor = defineUnary({
  name: "neg",
  opcode: opcodes.neg,
  int32: opcodes.negInt,
  gpu: "-a",
  vjp: (grad) => neg(grad),
});
