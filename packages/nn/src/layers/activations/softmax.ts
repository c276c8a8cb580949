import type { Tensor } from "@tapegrad/tensor";
import { softmax } from "@tapegrad/tensor/ops";
import { AlongAxis } from "./along-axis.ts";

/**
 * `eˣ / Σ eˣ` along one axis: positive values that add up to 1. For a loss, take `CrossEntropyLoss` of the logits.
 */
export class Softmax extends AlongAxis {
  forward(input: Tensor): Tensor {
    return softmax(input, this.dim);
  }
}
