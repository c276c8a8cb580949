import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { div } from "./div.ts";

const op = defineUnary({
  name: "log",
  wasm: functionsModule,
  opcode: opcodes.log,
  int32: "promote",
  gpu: "Math.log(a)",
  vjp: (grad, x) => div(grad, x),
  reads: "input",
});

/** ln x: −∞ at 0, NaN below. */
export function log(x: Tensor): Tensor {
  return op(x);
}
