import { normalizeDim, type Tensor } from "@tapegrad/tensor";
import { checkFloat, checkInteger } from "@tapegrad/tensor/internal";
import { neg, softmax } from "@tapegrad/tensor/ops";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

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

const Layer: LayerOf<typeof softmin, ["dim"]> = /* @__PURE__ */ layerOf(softmin, { dim: checkInteger });

/** `e⁻ˣ / Σ e⁻ˣ` along the axis `dim`, which negative numbers count from the end: `softmin` as a module. */
export class Softmin extends Layer {}
