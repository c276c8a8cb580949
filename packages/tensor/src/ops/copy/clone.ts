import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** A copy with a storage of its own. The gradient passes through. */
export const clone: (x: Tensor) => Tensor = defineUnary({
  name: "clone",
  opcode: opcodes.copy,
  int32: opcodes.copy,
  gpu: "a",
  vjp: (grad) => grad,
});
