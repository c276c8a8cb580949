import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { reluGrad } from "./relu-grad.ts";

/**
 * max(x, 0); NaN stays NaN.
 *
 * The gradient is 0 at 0, as in torch.
 */
export const relu: (x: Tensor) => Tensor = defineUnary({
  name: "relu",
  role: "relu",
  opcode: opcodes.relu,
  int32: opcodes.reluInt,
  gpu: "a <= 0.0 ? 0.0 : a",
  vjp: (grad, _x, y) => reluGrad(grad, y),
  reads: "output",
});
