import type { Tensor } from "../tensor.ts";
import { defineUnary } from "./define-unary.ts";

const op = defineUnary({
  name: "neg",
  opcode: 1,
  int32: 32,
  gpu: "-a",
  vjp: (grad) => neg(grad),
  reads: "nothing",
});

/** −x. */
export function neg(x: Tensor): Tensor {
  return op(x);
}
