import type { Tensor } from "@tapegrad/tensor";
import { oneOf, readOptions } from "@tapegrad/tensor/internal";
import { gelu, type GeluOptions } from "@tapegrad/tensor/ops";
import { ShownLayer } from "../shown-layer.ts";

/**
 * `x · Φ(x)`, elementwise, with the cumulative distribution Φ of the standard normal.
 *
 * @see Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export class GELU extends ShownLayer {
  readonly approximate: "none" | "tanh";

  /** @throws ValueError if `approximate` or an option is unknown. */
  constructor(options: GeluOptions = {}) {
    super();
    this.approximate = readOptions("GELU", options, { approximate: ["none", oneOf("none", "tanh")] }).approximate;
  }

  forward(input: Tensor): Tensor {
    return gelu(input, { approximate: this.approximate });
  }
}
