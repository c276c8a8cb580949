import type { Tensor } from "../../core.ts";
import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { add, mul, sub } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { sigmoid } from "./sigmoid.ts";

/** x / (1 + e⁻ˣ) = x·sigmoid(x), also called swish. */
export const silu: (x: Tensor) => Tensor = defineUnary({
  name: "silu",
  wasm: functionsModule,
  opcode: opcodes.silu,
  int32: "refuse",
  gpu: "a / (1.0 + Math.exp(-a))",
  vjp: (grad, x) => {
    const gate = sigmoid(x);
    return mul(grad, mul(gate, add(1, mul(x, sub(1, gate)))));
  },
  reads: "input",
});
