import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { mul } from "./mul.ts";

const op = defineUnary({
  name: "exp",
  opcode: opcodes.exp,
  int32: "promote",
  gpu: "Math.exp(a)",
  vjp: (grad, _x, y) => mul(grad, y),
  reads: "output",
});

/** eˣ. */
export function exp(x: Tensor): Tensor {
  return op(x);
}
