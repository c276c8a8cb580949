import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** x without its fraction: rounded towards zero. The gradient is 0 everywhere; int32 stays as it is. */
export const trunc: (x: Tensor) => Tensor = defineUnary({
  name: "trunc",
  wasm: moreFunctionsModule,
  opcode: opcodes.trunc,
  int32: opcodes.copy,
  gpu: "Math.trunc(a)",
});
