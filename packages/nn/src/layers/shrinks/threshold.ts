import type { Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { lessEqual, where } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

/**
 * `x` where it is above `limit`, else `value`, elementwise; NaN stays.
 *
 * @throws ValueError if a number is none. @throws DTypeError of int32.
 */
export function threshold(input: Tensor, limit: number, value: number): Tensor {
  checkFloat("threshold", input, "input");
  checkReal("threshold", "limit", limit);
  checkReal("threshold", "value", value);
  return where(lessEqual(input, limit), value, input);
}

type Compute = (input: Tensor, threshold: number, value: number) => Tensor;

const Layer: LayerOf<Compute, ["threshold", "value"]> = /* @__PURE__ */ layerOf(threshold, {
  threshold: checkReal,
  value: checkReal,
});

/** `x` where it is above `threshold`, else `value`, elementwise: `threshold` as a module. */
export class Threshold extends Layer {}
