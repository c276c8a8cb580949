import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { div } from "./div.ts";
import { mul } from "./mul.ts";

/**
 * √x; NaN for negative x.
 *
 * The gradient is ∞ at 0, as in torch.
 */
export const sqrt: (x: Tensor) => Tensor = defineUnary({
  name: "sqrt",
  opcode: opcodes.sqrt,
  gpu: "Math.sqrt(a)",
  vjp: (grad, _x, y) => div(grad, mul(y, 2)),
  reads: "output",
});
