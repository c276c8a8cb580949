import type { Tensor } from "../../tensor/tensor.ts";
import { defineUnary } from "../internal/define-unary.ts";

const op = defineUnary({
  name: "clone",
  opcode: 0,
  int32: 0,
  gpu: "a",
  vjp: (grad) => grad,
  reads: "nothing",
});

/** A copy with a storage of its own. The gradient passes through. */
export function clone(x: Tensor): Tensor {
  return op(x);
}
