import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { mul, neg, square } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** 1 / x. */
export const reciprocal: (x: Tensor) => Tensor = defineUnary({
  name: "reciprocal",
  opcode: opcodes.reciprocal,
  gpu: "1.0 / a",
  vjp: (grad, _x, y) => neg(mul(grad, square(y))),
  reads: "output",
});
