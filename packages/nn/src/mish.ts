import type { Tensor } from "@tapegrad/tensor";
import { mul } from "@tapegrad/tensor/ops/mul";
import { softplus } from "@tapegrad/tensor/ops/softplus";
import { tanh } from "@tapegrad/tensor/ops/tanh";
import { Module } from "./module.ts";

/** `x · tanh(softplus(x))`, elementwise. @see Misra 2019, https://arxiv.org/abs/1908.08681 */
export function mish(input: Tensor): Tensor {
  return mul(input, tanh(softplus(input)));
}

/** `x · tanh(softplus(x))`, elementwise. */
export class Mish extends Module {
  forward(input: Tensor): Tensor {
    return mish(input);
  }
}
