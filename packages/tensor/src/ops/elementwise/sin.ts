import type { Tensor } from "../../core.ts";
import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { cosExpression, sinExpression } from "../../kernels/elementwise/function-expressions.ts";
import { mul, neg } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

// Each is the other's derivative, and so they share a file.

/** sin x, x in radians. */
export const sin: (x: Tensor) => Tensor = defineUnary({
  name: "sin",
  wasm: functionsModule,
  opcode: opcodes.sin,
  gpu: sinExpression("a"),
  vjp: (grad, x) => mul(grad, cos(x)),
  reads: "input",
});

/** cos x, x in radians. */
export const cos: (x: Tensor) => Tensor = defineUnary({
  name: "cos",
  wasm: functionsModule,
  opcode: opcodes.cos,
  gpu: cosExpression("a"),
  vjp: (grad, x) => neg(mul(grad, sin(x))),
  reads: "input",
});
