import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { asinExpression } from "../../kernels/elementwise/more-function-expressions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { mul } from "../elementwise/mul.ts";
import { rsqrt } from "../elementwise/rsqrt.ts";
import { square } from "../elementwise/square.ts";
import { sub } from "../elementwise/sub.ts";
import { defineUnary } from "../internal/define-unary.ts";

const op = defineUnary({
  name: "asin",
  wasm: moreFunctionsModule,
  opcode: opcodes.asin,
  int32: "promote",
  gpu: asinExpression("a"),
  vjp: (grad, x) => mul(grad, rsqrt(sub(1, square(x)))),
  reads: "input",
});

/** arcsin x, from −π/2 to π/2; NaN beyond ±1. */
export function asin(x: Tensor): Tensor {
  return op(x);
}
