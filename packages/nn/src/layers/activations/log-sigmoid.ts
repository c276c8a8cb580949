import type { Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { neg, softplus } from "@tapegrad/tensor/ops";
import { plainOf, type PlainOf } from "../plain-layer.ts";

/** `log(1 / (1 + e⁻ˣ))`, elementwise, without underflow. */
export function logSigmoid(input: Tensor): Tensor {
  checkFloat("logSigmoid", input, "input");
  return neg(softplus(neg(input)));
}

const Layer: PlainOf = /* @__PURE__ */ plainOf(logSigmoid);

/** `log(1 / (1 + e⁻ˣ))`, elementwise, without underflow. */
export class LogSigmoid extends Layer {}
