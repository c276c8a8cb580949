import { type Tensor, ValueError } from "@tapegrad/tensor";
import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { gelu } from "@tapegrad/tensor/ops/gelu";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";

/** Options of `GELU`. */
export interface GELUOptions {
  /** `"none"`: the exact form; `"tanh"`: the approximation by a hyperbolic tangent. @default "none" */
  readonly approximate?: "none" | "tanh";
}

/**
 * `x · Φ(x)`, elementwise, with the cumulative distribution Φ of the standard normal.
 *
 * @see Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";

  /** @throws ValueError if `approximate` or an option is unknown. */
  constructor(options: GELUOptions = {}) {
    super();
    refuseUnknownOptions("GELU", options, ["approximate"]);
    const { approximate = "none" } = options;
    if (approximate !== "none" && approximate !== "tanh") {
      throw new ValueError(
        `GELU: approximate must be "none" or "tanh", got ${JSON.stringify(approximate satisfies never)}`,
      );
    }
    this.approximate = approximate;
  }

  override extraRepr(): string {
    return optionsText({ approximate: this.approximate });
  }

  forward(input: Tensor): Tensor {
    return gelu(input, { approximate: this.approximate });
  }
}
