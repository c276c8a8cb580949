import type { Tensor } from "@tapegrad/tensor";
import { checkInteger } from "@tapegrad/tensor/internal";
import { logSoftmax } from "@tapegrad/tensor/ops/log-softmax";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";

/** `x − log Σ eˣ` along one axis: the logarithm of `Softmax`, without its overflow. */
export class LogSoftmax extends Module {
  readonly dim: number;

  /** @param dim the axis; negative ones count from the end. */
  constructor(dim: number) {
    super();
    checkInteger("LogSoftmax", "dim", dim);
    this.dim = dim;
  }

  override extraRepr(): string {
    return optionsText({ dim: this.dim });
  }

  forward(input: Tensor): Tensor {
    return logSoftmax(input, this.dim);
  }
}
