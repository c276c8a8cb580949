import type { Tensor } from "@tapegrad/tensor";
import { relu } from "@tapegrad/tensor/ops";
import { PlainLayer } from "../plain-layer.ts";

/** `max(0, x)`, elementwise; its gradient at 0 is 0. */
export class ReLU extends PlainLayer {
  forward(input: Tensor): Tensor {
    return relu(input);
  }
}
