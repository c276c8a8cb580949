import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { mul } from "../elementwise/mul.ts";
import { sub } from "../elementwise/sub.ts";
import { defineUnary } from "../internal/define-unary.ts";

const op = defineUnary({
  name: "sigmoid",
  wasm: functionsModule,
  opcode: opcodes.sigmoid,
  int32: "promote",
  gpu: "1.0 / (1.0 + Math.exp(-a))",
  vjp: (grad, _x, y) => mul(grad, mul(y, sub(1, y))),
  reads: "output",
});

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: Tensor): Tensor {
  return op(x);
}
