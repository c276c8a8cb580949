import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { atanExpression } from "../../kernels/elementwise/more-function-expressions.ts";
import { add, div, square } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** arctan x, from −π/2 to π/2. */
export const atan: (x: Tensor) => Tensor = defineUnary({
  name: "atan",
  wasm: moreFunctionsModule,
  opcode: opcodes.atan,
  gpu: atanExpression("a"),
  vjp: (grad, x) => div(grad, add(square(x), 1)),
  reads: "input",
});
