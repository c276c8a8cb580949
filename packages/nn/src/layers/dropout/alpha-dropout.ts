import { bernoulli, defaultGenerator, type DropoutOptions, type Tensor } from "@tapegrad/tensor";
import { checkProbability, checkBoolean, checkFloat, checkGenerator, readOptions } from "@tapegrad/tensor/internal";
import { add, mul } from "@tapegrad/tensor/ops";
import { DropoutBase } from "./dropout-base.ts";

/** What SELU tends to for large negative values: −scale · alpha. */
const saturation = -1.7580993408473766;

/**
 * Dropout for networks of SELUs: sets values to where SELU saturates, with probability `p`, and then scales and shifts all, so
 * that mean 0 and variance 1 stay. When not training, the result is the input itself. `AlphaDropout` has the formula.
 *
 * @throws ValueError if `p` is not in [0, 1]. @throws DTypeError of int32.
 */
export function alphaDropout(input: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  checkFloat("alphaDropout", input, "input");
  checkProbability("alphaDropout", "p", p);
  const { training, generator } = readOptions("alphaDropout", options, {
    training: [true, checkBoolean],
    generator: [defaultGenerator(), checkGenerator],
  });
  if (!training || p === 0) return input;
  if (p === 1) return mul(input, 0);
  const mask = bernoulli(input.shape, 1 - p, { device: input.device, generator });
  const a = 1 / Math.sqrt((1 - p) * (1 + p * saturation ** 2));
  const shift = add(mul(mask, -a * saturation), a * saturation * (1 - p));
  return add(mul(input, mul(mask, a)), shift);
}

/**
 * Dropout for networks of SELUs: in train mode, sets values to where SELU saturates, with probability `p`, and then
 * scales and shifts all, so that mean 0 and variance 1 stay; in eval mode, passes the input on unchanged.
 *
 * With `q = 1 − p`, `s` the saturation and `a = 1 / √(q · (1 + p · s²))`: `y = a · (mask · x + (1 − mask) · s) − a ·
 * p · s`.
 *
 * Shape: any; the same comes out.
 *
 * @see Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
export class AlphaDropout extends DropoutBase {
  forward(input: Tensor): Tensor {
    checkFloat("AlphaDropout", input, "input");
    return alphaDropout(input, this.p, this.maskOptions(input));
  }
}
