import type { Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { lessEqual, where } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { ShownLayer } from "../shown-layer.ts";

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

/** `x` where it is above `threshold`, else `value`, elementwise: `threshold` as a module. */
export class Threshold extends ShownLayer {
  readonly threshold: number;
  readonly value: number;

  constructor(threshold: number, value: number) {
    super();
    checkReal("Threshold", "threshold", threshold);
    checkReal("Threshold", "value", value);
    this.threshold = threshold;
    this.value = value;
  }

  forward(input: Tensor): Tensor {
    return threshold(input, this.threshold, this.value);
  }
}
