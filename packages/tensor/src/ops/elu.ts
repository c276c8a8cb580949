import type { Tensor } from "../tensor.ts";
import { add } from "./add.ts";
import { defineUnary } from "./define-unary.ts";
import { equal } from "./equal.ts";
import { greater } from "./greater.ts";
import { mul } from "./mul.ts";
import { where } from "./where.ts";

const op = defineUnary<[alpha: number]>({
  name: "elu",
  opcode: 22,
  int32: "refuse",
  gpu: "a > 0.0 ? a : s * (Math.exp(a) - 1.0)",
  // At 0 the slope is alpha, and its own slope 0, as in PyTorch.
  vjp: (grad, x, y, alpha) => mul(grad, where(greater(x, 0), 1, where(equal(x, 0), alpha, add(y, alpha)))),
  reads: "both",
});

/**
 * x where x > 0, else `alpha`·(eˣ − 1).
 *
 * @param alpha @default 1
 */
export function elu(x: Tensor, alpha: number = 1): Tensor {
  return op(x, alpha);
}
