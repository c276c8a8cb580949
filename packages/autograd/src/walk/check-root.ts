import { DTypeError, GradientError, type MaybeTensor, type Tensor } from "@tapegrad/tensor";
import { checkTensor, showShape } from "@tapegrad/tensor/internal";
import { checkGradient } from "./check-gradient.ts";

/**
 * Checks that gradients can flow from `root`, beginning with `seed`.
 *
 * @param caller the public function that was called, and `option`, its option that `seed` was given as.
 */
export function checkRoot(caller: string, root: Tensor, seed: MaybeTensor, option: string): void {
  if (root.dtype !== "float32") {
    throw new DTypeError(`${caller}: only float32 tensors have gradients, got a tensor of dtype ${root.dtype}`);
  }
  if (!root.requiresGrad) {
    throw new GradientError(
      `${caller}: the tensor requires no gradient: it was not computed from a tensor with requiresGrad, or it was ` +
        `computed inside noGrad, or detached`,
    );
  }
  if (seed === null) {
    if (root.size === 1) return;
    throw new GradientError(
      `${caller}: only a tensor of one element has an implied gradient, got shape ${showShape(root.shape)}; reduce it ` +
        `with sum or mean, or pass ${option}`,
    );
  }
  checkTensor(caller, seed, option);
  checkGradient(() => `${caller}: ${option}`, seed, root, "the tensor");
}
