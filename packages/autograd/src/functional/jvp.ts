import type { Tensor } from "@tapegrad/tensor";
import { DerivativeCall } from "./derivative-call.ts";
import type { DerivativeOptions, DifferentiableFunction, ForEach, Tensors } from "./differentiable-function.ts";
import { zeroVariables } from "./partial-gradients.ts";

/**
 * The product `J·v` of the Jacobian of a function with a vector: how the outputs change along `v`.
 *
 * ```ts
 * const [output, product] = jvp((x) => square(x), tensor([1, 2]), tensor([1, 10])); // [1, 4] and [2, 40]
 * ```
 *
 * There is no forward mode: the backward pass is linear in the outputs' gradients, and a backward pass through it takes
 * the transposed product with `v` (Townsend 2017, "A new trick for calculating Jacobian vector products").
 *
 * @param v shaped like the inputs. It may be left out, as null, if they are one tensor of one element: then it is 1.
 * @returns the outputs, and the product, shaped like them; arrays where the function returns one.
 * @throws ValueError or ShapeError if `v` does not fit the inputs, and otherwise what `jacobian` throws.
 */
export function jvp<const O extends Tensors>(
  fn: DifferentiableFunction<O>,
  inputs: Tensors,
  v: Tensors | null = null,
  options: DerivativeOptions = {},
): [outputs: ForEach<O, Tensor>, product: ForEach<O, Tensor>] {
  const call = new DerivativeCall("jvp", inputs, options);
  const vector = call.vectorOf(v, call.inputs, "inputs");
  return call.run(() => {
    const outputs = call.outputsOf(fn);
    const gradOutputs = zeroVariables(outputs.list);
    const ofFunction = (i: number): string => `the function is independent of input ${i}`;
    const gradInputs = call.gradients(outputs.list, call.fresh, gradOutputs, ofFunction, { createGraph: true });
    const ofOutput = (i: number): string => `output ${i} of the function is independent of the inputs`;
    return call.results<O, O>(outputs, call.gradients(gradInputs, gradOutputs, vector, ofOutput), outputs);
  });
}
