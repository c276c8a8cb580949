import type { Tensor } from "@tapegrad/tensor";
import { sigmoid } from "@tapegrad/tensor/ops/sigmoid";
import { Module } from "./module.ts";

/** `1 / (1 + e⁻ˣ)`, elementwise. */
export class Sigmoid extends Module {
  forward(input: Tensor): Tensor {
    return sigmoid(input);
  }
}
