import type { Tensor } from "@tapegrad/tensor";
import { silu } from "@tapegrad/tensor/ops";
import { PlainLayer } from "../plain-layer.ts";

/**
 * `x · sigmoid(x)`, elementwise; also called swish.
 *
 * @see Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export class SiLU extends PlainLayer {
  forward(input: Tensor): Tensor {
    return silu(input);
  }
}
