import type { Tensor } from "@tapegrad/tensor";
import { DerivativeCall } from "./derivative-call.ts";
import type { DerivativeOptions, DifferentiableFunction, ForEach, Tensors } from "./differentiable-function.ts";

/**
 * The product `vᵀ·H` of a vector with the Hessian of a function with one value, by two backward passes.
 *
 * The Hessian of a function whose second derivatives are continuous is symmetric, so this is `hvp` at less cost.
 *
 * ```ts
 * const [output, product] = vhp((x) => sum(pow(x, 3)), tensor([1, 2]), tensor([1, 1])); // 9 and [6, 12]
 * ```
 *
 * @param v shaped like the inputs. It may be left out, as null, if they are one tensor of one element: then it is 1.
 * @returns the output, and the product, shaped like the inputs: an array where they are one.
 * @throws ValueError or ShapeError if `v` does not fit the inputs, and otherwise what `hessian` throws.
 */
export function vhp<const I extends Tensors>(
  fn: DifferentiableFunction<Tensor>,
  inputs: I,
  v: Tensors | null = null,
  options: DerivativeOptions = {},
): [output: Tensor, product: ForEach<I, Tensor>] {
  const call = new DerivativeCall("vhp", inputs, options);
  const vector = call.vectorOf(v, call.inputs, "inputs");
  return call.run(() => {
    const { output, gradients } = call.gradientsOf(fn);
    const describe = (i: number): string => `the gradient of the function is independent of input ${i}`;
    return call.results<Tensor, I>(output, call.gradients(gradients, call.fresh, vector, describe), call.inputs);
  });
}
