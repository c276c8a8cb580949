import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { mul } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** 2ˣ. */
export const exp2: (x: Tensor) => Tensor = defineUnary({
  name: "exp2",
  wasm: moreFunctionsModule,
  opcode: opcodes.exp2,
  gpu: "Math.pow(2.0, a)",
  vjp: (grad, _x, y) => mul(grad, mul(y, Math.LN2)),
  reads: "output",
});
