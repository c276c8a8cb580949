import type { Tensor } from "@tapegrad/tensor";
import { readOptions } from "@tapegrad/tensor/internal";
import { softplus, type SoftplusOptions } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { ShownLayer } from "../shown-layer.ts";

/** `log(1 + e^(beta · x)) / beta`, elementwise: a smooth ReLU. */
export class Softplus extends ShownLayer {
  readonly beta: number;
  readonly threshold: number;

  constructor(options: SoftplusOptions = {}) {
    super();
    const { beta, threshold } = readOptions("Softplus", options, { beta: [1, checkReal], threshold: [20, checkReal] });
    this.beta = beta;
    this.threshold = threshold;
  }

  forward(input: Tensor): Tensor {
    return softplus(input, { beta: this.beta, threshold: this.threshold });
  }
}
