import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { div, mul } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** log₁₀ x; −∞ of 0, and NaN of negative numbers. */
export const log10: (x: Tensor) => Tensor = defineUnary({
  name: "log10",
  wasm: moreFunctionsModule,
  opcode: opcodes.log10,
  gpu: "Math.log10(a)",
  vjp: (grad, x) => div(grad, mul(x, Math.LN10)),
  reads: "input",
});
