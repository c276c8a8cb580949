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
  zeroVariables,
} from "./partial-gradients.ts";

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
  const { createGraph, strict } = completeOptions("jvp", options);
  const variables = variablesOf("jvp", inputs, createGraph);
  const vector = vectorOf("jvp", v, variables, "inputs", createGraph);
  const { fresh } = variables;
  return withDevice(variables.list[0]!.device, () => {
    const outputs = callFunction("jvp", fn, fresh);
    if (strict) refuseConstantOutputs("jvp", outputs.list);
    const gradOutputs = zeroVariables(outputs.list);
    const gradInputs = partialGradients(outputs.list, fresh, gradOutputs, { createGraph: true });
    if (strict) refuseIndependence("jvp", gradInputs, true, (i) => `the function is independent of input ${i}`);
    const product = partialGradients(gradInputs, gradOutputs, vector, { createGraph });
    if (strict) {
      refuseIndependence(
        "jvp",
        product,
        createGraph,
        (i) => `output ${i} of the function is independent of the inputs`,
      );
    }
    return [
      unlist<O, Tensor>(outputs, finish(outputs.list, createGraph)),
      unlist<O, Tensor>(outputs, fillWithZeros(product, outputs.list)),
    ];
  });
}
