import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { mul } from "../elementwise/mul.ts";
import { defineUnary } from "../internal/define-unary.ts";

const op = defineUnary({
  name: "exp2",
  wasm: moreFunctionsModule,
  opcode: opcodes.exp2,
  int32: "promote",
  gpu: "Math.pow(2.0, a)",
  vjp: (grad, _x, y) => mul(grad, mul(y, Math.LN2)),
  reads: "output",
});

/** 2ˣ. */
export function exp2(x: Tensor): Tensor {
  return op(x);
}
