import type { Tensor } from "@tapegrad/tensor";
import { DerivativeCall } from "./derivative-call.ts";
import type { DerivativeOptions, DifferentiableFunction, ForEach, Tensors } from "./differentiable-function.ts";
import { partialGradients, zeroVariables } from "./partial-gradients.ts";

/**
 * The product `H·v` of the Hessian of a function with one value with a vector, by three backward passes: how the gradient
 * changes along `v`. The Hessian itself is never made.
 *
 * ```ts
 * const [output, product] = hvp((x) => sum(pow(x, 3)), tensor([1, 2]), tensor([1, 1])); // 9 and [6, 12]
 * ```
 *
 * @param v shaped like the inputs. It may be left out, as null, if they are one tensor of one element: then it is 1.
 * @returns the output, and the product, shaped like the inputs: an array where they are one.
 * @throws ValueError or ShapeError if `v` does not fit the inputs, and otherwise what `hessian` throws.
 */
export function hvp<const I extends Tensors>(
  fn: DifferentiableFunction<Tensor>,
  inputs: I,
  v: Tensors | null = null,
  options: DerivativeOptions = {},
): [output: Tensor, product: ForEach<I, Tensor>] {
  const call = new DerivativeCall("hvp", inputs, options);
  const vector = call.vectorOf(v, call.inputs, "inputs");
  return call.run(() => {
    const { output, gradients } = call.gradientsOf(fn);
    // As in `jvp`, of the function that gives the gradients.
    const gradGradients = zeroVariables(call.fresh);
    const gradInputs = partialGradients(gradients, call.fresh, gradGradients, { createGraph: true });
    const describe = (i: number): string => `the gradient by input ${i} is independent of the inputs`;
    return call.results<Tensor, I>(output, call.gradients(gradInputs, gradGradients, vector, describe), call.inputs);
  });
}
