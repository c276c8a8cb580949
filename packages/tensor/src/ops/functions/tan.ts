import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { tanExpression } from "../../kernels/elementwise/more-function-expressions.ts";
import { add, mul, square } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** tan x, x in radians. */
export const tan: (x: Tensor) => Tensor = defineUnary({
  name: "tan",
  wasm: moreFunctionsModule,
  opcode: opcodes.tan,
  gpu: tanExpression("a"),
  vjp: (grad, _x, y) => mul(grad, add(square(y), 1)),
  reads: "output",
});
