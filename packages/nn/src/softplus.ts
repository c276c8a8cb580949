import type { Tensor } from "@tapegrad/tensor";
import { softplus } from "@tapegrad/tensor/ops/softplus";
import { Module } from "./module.ts";
import { refuseUnknownOptions } from "./unknown-options.ts";

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

  constructor({ beta = 1, threshold = 20, ...rest }: SoftplusOptions = {}) {
    super();
    refuseUnknownOptions("Softplus", rest);
    this.beta = beta;
    this.threshold = threshold;
  }

  forward(input: Tensor): Tensor {
    return softplus(input, { beta: this.beta, threshold: this.threshold });
  }
}
