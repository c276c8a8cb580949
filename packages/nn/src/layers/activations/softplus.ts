import type { Tensor } from "@tapegrad/tensor";
import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { softplus } from "@tapegrad/tensor/ops/softplus";
import { checkNumbers } from "../../checks/check-values.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";

/** Options of `Softplus`. */
export interface SoftplusOptions {
  /** How sharp the bend is. @default 1 */
  readonly beta?: number;
  /** Where `beta · x` exceeds it, the result is `x` itself. @default 20 */
  readonly threshold?: number;
}

/** `log(1 + e^(beta · x)) / beta`, elementwise: a smooth ReLU. */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;

  constructor(options: SoftplusOptions = {}) {
    super();
    refuseUnknownOptions("Softplus", options, ["beta", "threshold"]);
    const { beta = 1, threshold = 20 } = options;
    checkNumbers("Softplus", { beta, threshold });
    this.beta = beta;
    this.threshold = threshold;
  }

  override extraRepr(): string {
    return optionsText({ beta: this.beta, threshold: this.threshold });
  }

  forward(input: Tensor): Tensor {
    return softplus(input, { beta: this.beta, threshold: this.threshold });
  }
}
