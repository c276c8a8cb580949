import type { Tensor } from "../../core.ts";
import { elementwiseOrderModule } from "../../devices/wasm/generated/elementwise-order.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { mul } from "./mul.ts";
import { sign } from "./sign.ts";

/**
 * |x|.
 *
 * The gradient is 0 at 0 and NaN, as in torch.
 */
export const abs: (x: Tensor) => Tensor = defineUnary({
  name: "abs",
  wasm: elementwiseOrderModule,
  opcode: opcodes.abs,
  int32: opcodes.absInt,
  gpu: "Math.abs(a)",
  vjp: (grad, x) => mul(grad, sign(x)),
  reads: "input",
});
