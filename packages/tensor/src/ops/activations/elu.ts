import type { Tensor } from "../../core.ts";
import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { equal, exp, greater, minimum, mul, where } from "../basic.ts";
import { defineScaled } from "../internal/define-unary.ts";

const op = defineScaled<[alpha: number]>({
  name: "elu",
  wasm: functionsModule,
  opcode: opcodes.elu,
  int32: "refuse",
  gpu: "a > 0.0 ? a : s * (Math.exp(a) - 1.0)",
  // At 0 the slope is alpha, and its own slope 0, as in PyTorch. The sum of y and alpha would cancel.
  vjp: (grad, x, _y, alpha) =>
    mul(grad, where(greater(x, 0), 1, where(equal(x, 0), alpha, mul(exp(minimum(x, 0)), alpha)))),
  reads: "input",
});

/**
 * x where x > 0, else `alpha`·(eˣ − 1).
 *
 * @param alpha @default 1
 */
export function elu(x: Tensor, alpha: number = 1): Tensor {
  return op(x, alpha);
}
