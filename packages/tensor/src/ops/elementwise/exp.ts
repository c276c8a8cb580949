import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { mul } from "./mul.ts";

/** eˣ. */
export const exp: (x: Tensor) => Tensor = defineUnary({
  name: "exp",
  opcode: opcodes.exp,
  gpu: "Math.exp(a)",
  vjp: (grad, _x, y) => mul(grad, y),
  reads: "output",
});
