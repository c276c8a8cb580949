import type { Tensor } from "@tapegrad/tensor";
import { sigmoid } from "@tapegrad/tensor/ops";
import { PlainLayer } from "../plain-layer.ts";

/** `1 / (1 + e⁻ˣ)`, elementwise. */
export class Sigmoid extends PlainLayer {
  forward(input: Tensor): Tensor {
    return sigmoid(input);
  }
}
