import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** −x. */
export const neg: (x: Tensor) => Tensor = defineUnary({
  name: "neg",
  opcode: opcodes.neg,
  int32: opcodes.negInt,
  gpu: "-a",
  vjp: (grad) => neg(grad),
});
