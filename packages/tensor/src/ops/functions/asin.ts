import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { asinExpression } from "../../kernels/elementwise/more-function-expressions.ts";
import { mul, rsqrt, square, sub } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** arcsin x, from −π/2 to π/2; NaN beyond ±1. */
export const asin: (x: Tensor) => Tensor = defineUnary({
  name: "asin",
  wasm: moreFunctionsModule,
  opcode: opcodes.asin,
  gpu: asinExpression("a"),
  vjp: (grad, x) => mul(grad, rsqrt(sub(1, square(x)))),
  reads: "input",
});
