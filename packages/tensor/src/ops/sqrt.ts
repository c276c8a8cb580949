import type { Tensor } from "../tensor.ts";
import { defineUnary } from "./define-unary.ts";
import { div } from "./div.ts";
import { mul } from "./mul.ts";

const op = defineUnary({
  name: "sqrt",
  opcode: 6,
  int32: "promote",
  gpu: "Math.sqrt(a)",
  vjp: (grad, _x, y) => div(grad, mul(y, 2)),
  reads: "output",
});

/**
 * √x; NaN for negative x.
 *
 * The gradient is ∞ at 0, as in torch.
 */
export function sqrt(x: Tensor): Tensor {
  return op(x);
}
