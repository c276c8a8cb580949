import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { acosExpression } from "../../kernels/elementwise/more-function-expressions.ts";
import { mul, neg, rsqrt, square, sub } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** arccos x, from 0 to π; NaN beyond ±1. */
export const acos: (x: Tensor) => Tensor = defineUnary({
  name: "acos",
  wasm: moreFunctionsModule,
  opcode: opcodes.acos,
  gpu: acosExpression("a"),
  vjp: (grad, x) => neg(mul(grad, rsqrt(sub(1, square(x))))),
  reads: "input",
});
