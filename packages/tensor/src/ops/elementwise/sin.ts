import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { cosExpression, sinExpression } from "../../kernels/elementwise/function-expressions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";

// Each is the other's derivative, and so they share a file.

const sine = defineUnary({
  name: "sin",
  wasm: functionsModule,
  opcode: opcodes.sin,
  int32: "promote",
  gpu: sinExpression("a"),
  vjp: (grad, x) => mul(grad, cos(x)),
  reads: "input",
});

/** sin x, x in radians. */
export function sin(x: Tensor): Tensor {
  return sine(x);
}

const cosine = defineUnary({
  name: "cos",
  wasm: functionsModule,
  opcode: opcodes.cos,
  int32: "promote",
  gpu: cosExpression("a"),
  vjp: (grad, x) => neg(mul(grad, sin(x))),
  reads: "input",
});

/** cos x, x in radians. */
export function cos(x: Tensor): Tensor {
  return cosine(x);
}
