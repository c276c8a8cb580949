import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { expm1Expression } from "../../kernels/elementwise/more-function-expressions.ts";
import { add, mul } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** eˣ − 1, accurate also where x is so small that eˣ rounds to 1. */
export const expm1: (x: Tensor) => Tensor = defineUnary({
  name: "expm1",
  wasm: moreFunctionsModule,
  opcode: opcodes.expm1,
  gpu: expm1Expression("a"),
  vjp: (grad, _x, y) => mul(grad, add(y, 1)),
  reads: "output",
});
