import type { Tensor } from "@tapegrad/tensor";
import { tanh } from "@tapegrad/tensor/ops/tanh";
import { Module } from "./module.ts";

/** The hyperbolic tangent, elementwise. */
export class Tanh extends Module {
  forward(input: Tensor): Tensor {
    return tanh(input);
  }
}
