import type { Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { elu, mul } from "@tapegrad/tensor/ops";
import { plainOf, type PlainOf } from "../plain-layer.ts";

const alpha = 1.6732632423543772;
const scale = 1.0507009873554805;

/**
 * `scale · elu(x, alpha)` with the constants that keep mean 0 and variance 1 from layer to layer, elementwise.
 *
 * @see Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
export function selu(input: Tensor): Tensor {
  checkFloat("selu", input, "input");
  return mul(elu(input, alpha), scale);
}

const Layer: PlainOf = /* @__PURE__ */ plainOf(selu);

/** `scale · elu(x, alpha)` with the constants that keep mean 0 and variance 1 from layer to layer, elementwise. */
export class SELU extends Layer {}
