import type { Tensor } from "@tapegrad/tensor";
import { fans } from "./fans.ts";
import { uniform } from "./fill.ts";
import { kaimingUniform } from "./kaiming.ts";

/**
 * PyTorch's default for linear and convolution layers: weight and bias from U(±1/√fanIn), which for the weight is
 * `kaimingUniform` with a = √5.
 */
export function resetWeightAndBias(weight: Tensor, bias: Tensor | null): void {
  kaimingUniform(weight, { a: Math.sqrt(5) });
  if (bias === null) return;
  const bound = 1 / Math.sqrt(fans("bias", weight.shape).fanIn);
  uniform(bias, { low: -bound, high: bound });
}
