import { oneOf, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { erfExpression, tanhExpression } from "../../kernels/elementwise/function-expressions.ts";
import { add, exp, mul, square, sub } from "../basic.ts";
import { erf } from "../elementwise/erf.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { tanh } from "./tanh.ts";

/** How `gelu` is computed. */
export interface GeluOptions {
  /** `"tanh"` replaces Φ by a cheaper approximation of it. @default "none" */
  readonly approximate?: "none" | "tanh";
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

const exact = defineUnary({
  name: "gelu",
  wasm: functionsModule,
  opcode: opcodes.gelu,
  int32: "refuse",
  gpu: `0.5 * a * (1.0 + ${erfExpression(`(a * ${Math.SQRT1_2})`)})`,
  vjp(grad, x) {
    const distribution = mul(0.5, add(1, erf(mul(x, Math.SQRT1_2))));
    const density = mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, square(x))));
    return mul(grad, add(distribution, mul(x, density)));
  },
  reads: "input",
});

const byTanh = defineUnary({
  name: "gelu",
  wasm: functionsModule,
  opcode: opcodes.geluTanh,
  int32: "refuse",
  gpu: `0.5 * a * (1.0 + ${tanhExpression(`(${SQRT_2_OVER_PI} * (a + ${CUBIC} * a * a * a))`)})`,
  vjp(grad, x) {
    const t = tanh(mul(SQRT_2_OVER_PI, mul(x, add(1, mul(CUBIC, square(x))))));
    const slope = mul(SQRT_2_OVER_PI, add(1, mul(3 * CUBIC, square(x))));
    const inner = mul(mul(x, sub(1, square(t))), slope);
    return mul(grad, mul(0.5, add(add(1, t), inner)));
  },
  reads: "input",
});

/**
 * x·Φ(x), where Φ is the standard normal distribution function.
 *
 * With `approximate: "tanh"`, ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))).
 *
 * @throws ValueError if there is no such approximation.
 * @see Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  const { approximate } = readOptions("gelu", options, { approximate: ["none", oneOf("none", "tanh")] });
  return approximate === "tanh" ? byTanh(x) : exact(x);
}
