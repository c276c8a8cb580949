import type { Tensor } from "@tapegrad/tensor";
import { checkInteger } from "@tapegrad/tensor/internal";
import { softmax } from "@tapegrad/tensor/ops/softmax";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";

/**
 * `eˣ / Σ eˣ` along one axis: positive values that add up to 1. For a loss, take `CrossEntropyLoss` of the logits.
 */
export class Softmax extends Module {
  readonly dim: number;

  /** @param dim the axis; negative ones count from the end. */
  constructor(dim: number) {
    super();
    checkInteger("Softmax", "dim", dim);
    this.dim = dim;
  }

  override extraRepr(): string {
    return optionsText({ dim: this.dim });
  }

  forward(input: Tensor): Tensor {
    return softmax(input, this.dim);
  }
}
