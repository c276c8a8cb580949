import { checkFloat } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import { mul } from "@tapegrad/tensor/ops/mul";
import { softplus } from "@tapegrad/tensor/ops/softplus";
import { tanh } from "@tapegrad/tensor/ops/tanh";
import { PlainLayer } from "./plain-layer.ts";

/** `x · tanh(softplus(x))`, elementwise. @see Misra 2019, https://arxiv.org/abs/1908.08681 */
export function mish(input: Tensor): Tensor {
  checkFloat("mish", input, "input");
  return mul(input, tanh(softplus(input)));
}

/** `x · tanh(softplus(x))`, elementwise. */
export class Mish extends PlainLayer {
  forward(input: Tensor): Tensor {
    return mish(input);
  }
}
