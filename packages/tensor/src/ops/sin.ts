import { sinExpression } from "../kernels/function-expressions.ts";
import type { Tensor } from "../tensor.ts";
import { cos } from "./cos.ts";
import { defineUnary } from "./define-unary.ts";
import { mul } from "./mul.ts";

const op = defineUnary({
  name: "sin",
  opcode: 11,
  int32: "promote",
  gpu: sinExpression("a"),
  vjp: (grad, x) => mul(grad, cos(x)),
  reads: "input",
});

/** sin x, x in radians. */
export function sin(x: Tensor): Tensor {
  return op(x);
}
