import type { Tensor } from "../../core.ts";
import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { tanhExpression } from "../../kernels/elementwise/function-expressions.ts";
import { mul, square, sub } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** tanh x = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ). */
export const tanh: (x: Tensor) => Tensor = defineUnary({
  name: "tanh",
  wasm: functionsModule,
  opcode: opcodes.tanh,
  gpu: tanhExpression("a"),
  vjp: (grad, _x, y) => mul(grad, sub(1, square(y))),
  reads: "output",
});
