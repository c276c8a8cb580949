import { checkFinite, checkTensor, orNull, readOptions } from "../../checks/index.ts";
import { defineOp, type Tensor } from "../../core.ts";
import { cast, div, greaterEqual, lessEqual, log, mul, sub, where } from "../basic.ts";
import { clamp } from "../elementwise/clamp.ts";

/** Options of `logit`. */
export interface LogitOptions {
  /** Probabilities are clamped to [eps, 1 − eps] first; null does not. @default null */
  readonly eps?: number | null;
}

const op = defineOp<readonly [Tensor]>({
  name: "logit",
  forward: ([x]) => log(div(x, sub(1, x))),
  vjp(grad, { inputs: [x] }) {
    const valid = mul(greaterEqual(x, 0), lessEqual(x, 1));
    return [where(valid, div(grad, mul(x, sub(1, x))), NaN)];
  },
  reads: { inputs: true, outputs: false },
});

/** ln(x/(1 − x)), the inverse of `sigmoid`: ∓∞ of 0 and 1, and NaN beyond. */
export function logit(x: Tensor, options: LogitOptions = {}): Tensor {
  checkTensor("logit", x);
  const { eps } = readOptions<LogitOptions>("logit", options, { eps: [null, orNull(checkFinite)] });
  const p = cast(x, "float32");
  return op([eps === null ? p : clamp(p, { min: eps, max: 1 - eps })]);
}
