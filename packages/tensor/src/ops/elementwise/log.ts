import type { Tensor } from "../../core.ts";
import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { div } from "./div.ts";

/** ln x: −∞ at 0, NaN below. */
export const log: (x: Tensor) => Tensor = defineUnary({
  name: "log",
  wasm: functionsModule,
  opcode: opcodes.log,
  gpu: "Math.log(a)",
  vjp: (grad, x) => div(grad, x),
  reads: "input",
});
