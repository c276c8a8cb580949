import type { Tensor } from "../../core.ts";
import { elementwiseOrderModule } from "../../devices/wasm/generated/elementwise-order.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";

/**
 * −1, 0 or 1, as x is negative, zero or positive; 0 for NaN, as in torch.
 *
 * The gradient is 0 everywhere.
 */
export const sign: (x: Tensor) => Tensor = defineUnary({
  name: "sign",
  wasm: elementwiseOrderModule,
  opcode: opcodes.sign,
  int32: opcodes.signInt,
  gpu: "a > 0.0 ? 1.0 : (a < 0.0 ? -1.0 : 0.0)",
});
