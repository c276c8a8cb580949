import type { Tensor } from "@tapegrad/tensor";
import { elu } from "@tapegrad/tensor/ops/elu";
import { checkReal } from "../../checks/check-values.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";

/**
 * `x` where it is positive, else `alpha · (eˣ − 1)`, elementwise.
 *
 * @see Clevert et al. 2015, https://arxiv.org/abs/1511.07289
 */
export class ELU extends Module {
  readonly alpha: number;

  constructor(alpha = 1) {
    super();
    checkReal("ELU", "alpha", alpha);
    this.alpha = alpha;
  }

  override extraRepr(): string {
    return optionsText({ alpha: this.alpha });
  }

  forward(input: Tensor): Tensor {
    return elu(input, this.alpha);
  }
}
