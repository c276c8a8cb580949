import type { Tensor } from "@tapegrad/tensor";
import { leakyRelu } from "@tapegrad/tensor/ops/leaky-relu";
import { checkReal } from "../../checks/check-values.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";

/** `x` where it is positive, else `negativeSlope · x`, elementwise. */
export class LeakyReLU extends Module {
  readonly negativeSlope: number;

  constructor(negativeSlope = 0.01) {
    super();
    checkReal("LeakyReLU", "negativeSlope", negativeSlope);
    this.negativeSlope = negativeSlope;
  }

  override extraRepr(): string {
    return optionsText({ negativeSlope: this.negativeSlope });
  }

  forward(input: Tensor): Tensor {
    return leakyRelu(input, this.negativeSlope);
  }
}
