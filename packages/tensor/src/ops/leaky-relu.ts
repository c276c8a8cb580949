import type { Tensor } from "../tensor.ts";
import { defineUnary } from "./define-unary.ts";
import { greater } from "./greater.ts";
import { mul } from "./mul.ts";
import { where } from "./where.ts";

const op = defineUnary<[negativeSlope: number]>({
  name: "leakyRelu",
  opcode: 17,
  int32: "refuse",
  gpu: "a > 0.0 ? a : a * s",
  vjp: (grad, x, _y, negativeSlope) => mul(grad, where(greater(x, 0), 1, negativeSlope)),
  reads: "input",
});

/**
 * x where x > 0, else `negativeSlope`·x.
 *
 * @param negativeSlope @default 0.01
 */
export function leakyRelu(x: Tensor, negativeSlope: number = 0.01): Tensor {
  return op(x, negativeSlope);
}
