import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { coshExpression, sinhExpression } from "../../kernels/elementwise/more-function-expressions.ts";
import { mul } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

// Each is the other's derivative, and so they share a file.

/** (eˣ − e⁻ˣ)/2, accurate also near 0. */
export const sinh: (x: Tensor) => Tensor = defineUnary({
  name: "sinh",
  wasm: moreFunctionsModule,
  opcode: opcodes.sinh,
  gpu: sinhExpression("a"),
  vjp: (grad, x) => mul(grad, cosh(x)),
  reads: "input",
});

/** (eˣ + e⁻ˣ)/2. */
export const cosh: (x: Tensor) => Tensor = defineUnary({
  name: "cosh",
  wasm: moreFunctionsModule,
  opcode: opcodes.cosh,
  gpu: coshExpression("a"),
  vjp: (grad, x) => mul(grad, sinh(x)),
  reads: "input",
});
