import { GradientError, type Tensor } from "@tapegrad/tensor";
import { checkTensor } from "@tapegrad/tensor/internal";

const retained = new WeakSet<Tensor>();

/**
 * Makes `backward` fill `grad` of a computed tensor too; otherwise only leaves get one. Returns the tensor.
 *
 * @throws GradientError if the tensor requires no gradient.
 */
export function retainGrad<T extends Tensor>(tensor: T): T {
  checkTensor("retainGrad", tensor, "tensor");
  if (!tensor.requiresGrad) {
    throw new GradientError("retainGrad: the tensor requires no gradient, so none will ever flow to it");
  }
  retained.add(tensor);
  return tensor;
}

/** Whether `retainGrad` was called on a tensor. */
export function isRetained(tensor: Tensor): boolean {
  return retained.has(tensor);
}
