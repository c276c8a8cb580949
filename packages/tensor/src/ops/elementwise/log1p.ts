import type { Tensor } from "../../core.ts";
import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { log1pExpression } from "../../kernels/elementwise/function-expressions.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { add } from "./add.ts";
import { div } from "./div.ts";

/** ln(1 + x), accurate also where x is so small that 1 + x rounds to 1. */
export const log1p: (x: Tensor) => Tensor = defineUnary({
  name: "log1p",
  wasm: functionsModule,
  opcode: opcodes.log1p,
  gpu: log1pExpression("a"),
  vjp: (grad, x) => div(grad, add(x, 1)),
  reads: "input",
});
