import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";
import { square } from "./square.ts";

const op = defineUnary({
  name: "reciprocal",
  opcode: opcodes.reciprocal,
  int32: "promote",
  gpu: "1.0 / a",
  vjp: (grad, _x, y) => neg(mul(grad, square(y))),
  reads: "output",
});

/** 1 / x. */
export function reciprocal(x: Tensor): Tensor {
  return op(x);
}
