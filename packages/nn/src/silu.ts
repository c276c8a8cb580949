import type { Tensor } from "@tapegrad/tensor";
import { silu } from "@tapegrad/tensor/ops/silu";
import { Module } from "./module.ts";

/**
 * `x · sigmoid(x)`, elementwise; also called swish.
 *
 * @see Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export class SiLU extends Module {
  forward(input: Tensor): Tensor {
    return silu(input);
  }
}
