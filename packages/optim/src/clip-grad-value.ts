import { ValueError, noGrad } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import { clamp } from "@tapegrad/tensor/ops/clamp";

/**
 * Clamps every value of every gradient to `[-clipValue, clipValue]`.
 *
 * @throws ValueError if `clipValue` is negative or not a number.
 */
export function clipGradValue(parameters: Iterable<Tensor>, clipValue: number): void {
  if (!(clipValue >= 0)) throw new ValueError(`clipGradValue: clipValue must not be negative, got ${clipValue}`);
  noGrad(() => {
    for (const parameter of parameters) {
      if (parameter.grad !== null) parameter.grad = clamp(parameter.grad, { min: -clipValue, max: clipValue });
    }
  });
}
