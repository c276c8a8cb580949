import { checkNumbers } from "./check-values.ts";
import { ValueError, checkTensor, showValue } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import { div } from "@tapegrad/tensor/ops/div";
import { elu } from "@tapegrad/tensor/ops/elu";
import { exp } from "@tapegrad/tensor/ops/exp";
import { greater } from "@tapegrad/tensor/ops/greater";
import { mul } from "@tapegrad/tensor/ops/mul";
import { sub } from "@tapegrad/tensor/ops/sub";
import { where } from "@tapegrad/tensor/ops/where";
import { Module } from "./module.ts";
import { optionsText } from "./module-text.ts";

/**
 * `x` where it is positive, else `alpha · (e^(x / alpha) − 1)`, elementwise: an ELU whose slope is continuous for any
 * alpha.
 *
 * @throws ValueError if `alpha` is zero or not finite.
 * @see Barron 2017, https://arxiv.org/abs/1704.07483
 */
export function celu(input: Tensor, alpha = 1): Tensor {
  checkTensor("celu", input, "input");
  if (alpha === 0 || !Number.isFinite(alpha))
    throw new ValueError(`celu: alpha must be finite and not zero, got ${showValue(alpha)}`);
  const scaled = div(input, alpha);
  // A negative alpha turns the sign around, by which elu tells its linear side.
  const negative = alpha > 0 ? elu(scaled, 1) : sub(exp(scaled), 1);
  return where(greater(input, 0), input, mul(negative, alpha));
}

/** `x` where it is positive, else `alpha · (e^(x / alpha) − 1)`, elementwise. */
export class CELU extends Module {
  readonly alpha: number;

  constructor(alpha = 1) {
    super();
    checkNumbers("CELU", { alpha });
    this.alpha = alpha;
  }

  override extraRepr(): string {
    return optionsText({ alpha: this.alpha });
  }

  forward(input: Tensor): Tensor {
    return celu(input, this.alpha);
  }
}
