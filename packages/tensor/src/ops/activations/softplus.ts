import { readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { log1pExpression } from "../../kernels/elementwise/function-expressions.ts";
import { equal, greater, mul, where } from "../basic.ts";
import { defineScaled } from "../internal/define-unary.ts";
import { logistic } from "../internal/logistic.ts";

/** How `softplus` is computed. */
export interface SoftplusOptions {
  /** How sharp the bend at 0 is. @default 1 */
  readonly beta?: number;
  /** Where beta·x exceeds this, the result is x itself. @default 20 */
  readonly threshold?: number;
}

const op = defineScaled<[beta: number, threshold: number]>({
  name: "softplus",
  wasm: functionsModule,
  opcode: opcodes.softplus,
  int32: "refuse",
  gpu: `a * s > t ? a : ((a * s <= 0.0 ? 0.0 : a * s) + ${log1pExpression("Math.exp(-Math.abs(a * s))")}) / s`,
  vjp(grad, x, _y, beta, threshold) {
    const z = mul(x, beta);
    // As in PyTorch, the slope is constant from the threshold on: its own slope there is 0.
    const slope = where(equal(z, threshold), 1 / (1 + Math.exp(-threshold)), logistic([z]));
    return mul(grad, where(greater(z, threshold), 1, slope));
  },
  reads: "input",
});

/** ln(1 + e^{beta·x}) / beta: a smooth relu. */
export function softplus(x: Tensor, options: SoftplusOptions = {}): Tensor {
  const { beta, threshold } = readOptions("softplus", options, { beta: [1], threshold: [20] });
  return op(x, beta, threshold);
}
