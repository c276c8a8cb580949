import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** ⌊x⌋, the largest whole number that is not above x. The gradient is 0 everywhere; int32 stays as it is. */
export const floor: (x: Tensor) => Tensor = defineUnary({
  name: "floor",
  wasm: moreFunctionsModule,
  opcode: opcodes.floor,
  int32: opcodes.copy,
  gpu: "Math.floor(a)",
});
