import type { Tensor } from "@tapegrad/tensor";
import { logSoftmax } from "@tapegrad/tensor/ops";
import { AlongAxis } from "./along-axis.ts";

/** `x − log Σ eˣ` along one axis: the logarithm of `Softmax`, without its overflow. */
export class LogSoftmax extends AlongAxis {
  forward(input: Tensor): Tensor {
    return logSoftmax(input, this.dim);
  }
}
