import type { Tensor } from "@tapegrad/tensor";
import { leakyRelu } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { ShownLayer } from "../shown-layer.ts";

/** `x` where it is positive, else `negativeSlope · x`, elementwise. */
export class LeakyReLU extends ShownLayer {
  readonly negativeSlope: number;

  constructor(negativeSlope = 0.01) {
    super();
    checkReal("LeakyReLU", "negativeSlope", negativeSlope);
    this.negativeSlope = negativeSlope;
  }

  forward(input: Tensor): Tensor {
    return leakyRelu(input, this.negativeSlope);
  }
}
