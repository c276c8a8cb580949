import type { Tensor } from "../../tensor/tensor.ts";
import { defineUnary } from "../internal/define-unary.ts";

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
