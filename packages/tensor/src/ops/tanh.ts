import { functionsModule } from "../devices/wasm/generated/functions.ts";
import { tanhExpression } from "../kernels/function-expressions.ts";
import type { Tensor } from "../tensor.ts";
import { defineUnary } from "./define-unary.ts";
import { mul } from "./mul.ts";
import { square } from "./square.ts";
import { sub } from "./sub.ts";

const op = defineUnary({
  name: "tanh",
  wasm: functionsModule,
  opcode: 13,
  int32: "promote",
  gpu: tanhExpression("a"),
  vjp: (grad, _x, y) => mul(grad, sub(1, square(y))),
  reads: "output",
});

/** tanh x = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ). */
export function tanh(x: Tensor): Tensor {
  return op(x);
}
