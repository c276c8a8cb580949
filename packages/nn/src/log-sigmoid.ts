import type { Tensor } from "@tapegrad/tensor";
import { neg } from "@tapegrad/tensor/ops/neg";
import { softplus } from "@tapegrad/tensor/ops/softplus";
import { Module } from "./module.ts";

/** `log(1 / (1 + e⁻ˣ))`, elementwise, without underflow. */
export function logSigmoid(input: Tensor): Tensor {
  return neg(softplus(neg(input)));
}

/** `log(1 / (1 + e⁻ˣ))`, elementwise, without underflow. */
export class LogSigmoid extends Module {
  forward(input: Tensor): Tensor {
    return logSigmoid(input);
  }
}
