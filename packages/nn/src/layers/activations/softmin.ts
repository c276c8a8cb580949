import { normalizeDim, type Tensor } from "@tapegrad/tensor";
import { checkFloat, checkInteger } from "@tapegrad/tensor/internal";
import { neg } from "@tapegrad/tensor/ops/neg";
import { softmax } from "@tapegrad/tensor/ops/softmax";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";

/**
 * `e⁻ˣ / Σ e⁻ˣ` along one axis: the softmax of the negative.
 *
 * @param dim the axis; negative ones count from the end.
 * @throws IndexError if the axis does not exist. @throws DTypeError of int32.
 */
export function softmin(input: Tensor, dim: number): Tensor {
  checkFloat("softmin", input, "input");
  normalizeDim("softmin", dim, input.rank);
  return softmax(neg(input), dim);
}

/** `e⁻ˣ / Σ e⁻ˣ` along one axis: `softmin` as a module. */
export class Softmin extends Module {
  readonly dim: number;

  /** @param dim the axis; negative ones count from the end. */
  constructor(dim: number) {
    super();
    checkInteger("Softmin", "dim", dim);
    this.dim = dim;
  }

  override extraRepr(): string {
    return optionsText({ dim: this.dim });
  }

  forward(input: Tensor): Tensor {
    return softmin(input, this.dim);
  }
}
