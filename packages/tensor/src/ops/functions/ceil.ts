import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** ⌈x⌉, the smallest whole number that is not below x. The gradient is 0 everywhere; int32 stays as it is. */
export const ceil: (x: Tensor) => Tensor = defineUnary({
  name: "ceil",
  wasm: moreFunctionsModule,
  opcode: opcodes.ceil,
  int32: opcodes.copy,
  gpu: "Math.ceil(a)",
});
