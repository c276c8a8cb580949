import type { Tensor } from "@tapegrad/tensor";
import { DerivativeCall } from "./derivative-call.ts";
import type { DerivativeOptions, DifferentiableFunction, ForEach, Tensors } from "./differentiable-function.ts";

/**
 * The product `vᵀ·J` of a vector with the Jacobian of a function, by one backward pass.
 *
 * ```ts
 * const [output, product] = vjp((x) => square(x), tensor([1, 2]), tensor([1, 10])); // [1, 4] and [2, 40]
 * ```
 *
 * @param v shaped like the outputs. It may be left out, as null, if they are one tensor of one element: then it is 1.
 * @returns the outputs, and the product, shaped like the inputs; each an array where the outputs, or inputs, are one.
 * @throws ValueError or ShapeError if `v` does not fit the outputs, and otherwise what `jacobian` throws.
 */
export function vjp<const I extends Tensors, const O extends Tensors>(
  fn: DifferentiableFunction<O>,
  inputs: I,
  v: Tensors | null = null,
  options: DerivativeOptions = {},
): [outputs: ForEach<O, Tensor>, product: ForEach<I, Tensor>] {
  const call = new DerivativeCall("vjp", inputs, options);
  return call.run(() => {
    const outputs = call.outputsOf(fn);
    const vector = call.vectorOf(v, outputs, "outputs");
    const describe = (i: number): string => `the function is independent of input ${i}`;
    return call.results<O, I>(outputs, call.gradients(outputs.list, call.fresh, vector, describe), call.inputs);
  });
}
