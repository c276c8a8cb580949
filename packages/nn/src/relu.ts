import type { Tensor } from "@tapegrad/tensor";
import { relu } from "@tapegrad/tensor/ops/relu";
import { Module } from "./module.ts";

/** `max(0, x)`, elementwise; its gradient at 0 is 0. */
export class ReLU extends Module {
  forward(input: Tensor): Tensor {
    return relu(input);
  }
}
