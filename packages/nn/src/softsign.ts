import type { Tensor } from "@tapegrad/tensor";
import { abs } from "@tapegrad/tensor/ops/abs";
import { add } from "@tapegrad/tensor/ops/add";
import { div } from "@tapegrad/tensor/ops/div";
import { Module } from "./module.ts";

/** `x / (1 + |x|)`, elementwise. */
export function softsign(input: Tensor): Tensor {
  return div(input, add(abs(input), 1));
}

/** `x / (1 + |x|)`, elementwise. */
export class Softsign extends Module {
  forward(input: Tensor): Tensor {
    return softsign(input);
  }
}
