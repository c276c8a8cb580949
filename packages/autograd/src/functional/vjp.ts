import { type Tensor, withDevice } from "@tapegrad/tensor";
import {
  callFunction,
  completeOptions,
  type DerivativeOptions,
  type DifferentiableFunction,
  type ForEach,
  type Tensors,
  unlist,
  variablesOf,
  vectorOf,
} from "./differentiable-function.ts";
import {
  fillWithZeros,
  finish,
  partialGradients,
  refuseConstantOutputs,
  refuseIndependence,
} from "./partial-gradients.ts";

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
  const { createGraph, strict } = completeOptions("vjp", options);
  const variables = variablesOf("vjp", inputs, createGraph);
  const { fresh } = variables;
  return withDevice(variables.list[0]!.device, () => {
    const outputs = callFunction("vjp", fn, fresh);
    if (strict) refuseConstantOutputs("vjp", outputs.list);
    const vector = vectorOf("vjp", v, outputs, "outputs", createGraph);
    const gradients = partialGradients(outputs.list, fresh, vector, { createGraph });
    if (strict) {
      refuseIndependence("vjp", gradients, createGraph, (i) => `the function is independent of input ${i}`);
    }
    return [
      unlist<O, Tensor>(outputs, finish(outputs.list, createGraph)),
      unlist<I, Tensor>(variables, fillWithZeros(gradients, fresh)),
    ];
  });
}
