import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { div, mul } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** log₂ x; −∞ of 0, and NaN of negative numbers. */
export const log2: (x: Tensor) => Tensor = defineUnary({
  name: "log2",
  wasm: moreFunctionsModule,
  opcode: opcodes.log2,
  gpu: "Math.log2(a)",
  vjp: (grad, x) => div(grad, mul(x, Math.LN2)),
  reads: "input",
});
