import type { Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { neg, softplus } from "@tapegrad/tensor/ops";
import { PlainLayer } from "../plain-layer.ts";

/** `log(1 / (1 + e⁻ˣ))`, elementwise, without underflow. */
export function logSigmoid(input: Tensor): Tensor {
  checkFloat("logSigmoid", input, "input");
  return neg(softplus(neg(input)));
}

/** `log(1 / (1 + e⁻ˣ))`, elementwise, without underflow. */
export class LogSigmoid extends PlainLayer {
  forward(input: Tensor): Tensor {
    return logSigmoid(input);
  }
}
