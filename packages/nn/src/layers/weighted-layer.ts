import { type Shape, zeros } from "@tapegrad/tensor";
import { checkElements } from "@tapegrad/tensor/internal";
import { resetWeightAndBias } from "../init/reset-weight-and-bias.ts";
import { Module } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";

/** What linear and convolution layers share: weight and bias, and how they are drawn. */
export abstract class WeightedLayer extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  /** @param biases how many there are; null if none. */
  constructor(shape: Shape, biases: number | null) {
    super();
    checkElements(this.constructor.name, shape);
    this.weight = new Parameter(zeros(shape));
    this.bias = biases === null ? null : new Parameter(zeros([biases]));
  }

  /** Draws weight and bias anew. */
  resetParameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }
}
