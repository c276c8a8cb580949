import { cosExpression } from "../kernels/function-expressions.ts";
import type { Tensor } from "../tensor.ts";
import { defineUnary } from "./define-unary.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";
import { sin } from "./sin.ts";

const op = defineUnary({
  name: "cos",
  opcode: 12,
  int32: "promote",
  gpu: cosExpression("a"),
  vjp: (grad, x) => neg(mul(grad, sin(x))),
  reads: "input",
});

/** cos x, x in radians. */
export function cos(x: Tensor): Tensor {
  return op(x);
}
