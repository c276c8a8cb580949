import { noGrad, type Tensor, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { clamp } from "@tapegrad/tensor/ops";
import { tensorsOf } from "../optimizers/list-of-parameters.ts";

/**
 * Clamps every value of every gradient to `[-clipValue, clipValue]`.
 *
 * @param parameters one parameter or many.
 * @throws ValueError if `clipValue` is negative or not a number.
 */
export function clipGradValue(parameters: Tensor | Iterable<Tensor>, clipValue: number): void {
  if (!(typeof clipValue === "number" && clipValue >= 0))
    throw new ValueError(`clipGradValue: clipValue must not be negative, got ${showValue(clipValue)}`);
  const owners = tensorsOf("clipGradValue", parameters);
  noGrad(() => {
    for (const owner of owners) {
      if (owner.grad !== null) owner.grad = clamp(owner.grad, { min: -clipValue, max: clipValue });
    }
  });
}
