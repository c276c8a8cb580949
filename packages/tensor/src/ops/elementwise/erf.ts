import type { Tensor } from "../../core.ts";
import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { erfExpression } from "../../kernels/elementwise/function-expressions.ts";
import { exp, mul, neg, square } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** The error function, 2/√π · ∫₀ˣ e^{−t²} dt. */
export const erf: (x: Tensor) => Tensor = defineUnary({
  name: "erf",
  wasm: functionsModule,
  opcode: opcodes.erf,
  gpu: erfExpression("a"),
  vjp: (grad, x) => mul(grad, mul(2 / Math.sqrt(Math.PI), exp(neg(square(x))))),
  reads: "input",
});
