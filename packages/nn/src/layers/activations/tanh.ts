import type { Tensor } from "@tapegrad/tensor";
import { tanh } from "@tapegrad/tensor/ops";
import { PlainLayer } from "../plain-layer.ts";

/** The hyperbolic tangent, elementwise. */
export class Tanh extends PlainLayer {
  forward(input: Tensor): Tensor {
    return tanh(input);
  }
}
