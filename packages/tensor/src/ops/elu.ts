import type { Tensor } from "../tensor.ts";
import { add } from "./add.ts";
import { defineUnary } from "./define-unary.ts";
import { greater } from "./greater.ts";
import { mul } from "./mul.ts";
import { where } from "./where.ts";

const op = defineUnary<[alpha: number]>({
  name: "elu",
  opcode: 22,
  int32: "refuse",
  gpu: "a > 0.0 ? a : s * (Math.exp(a) - 1.0)",
  vjp: (grad, x, y, alpha) => mul(grad, where(greater(x, 0), 1, add(y, alpha))),
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
