import { type Tensor, withDevice } from "@tapegrad/tensor";
import {
  callScalarFunction,
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
  const { createGraph, strict } = completeOptions("vhp", options);
  const variables = variablesOf("vhp", inputs, createGraph);
  const vector = vectorOf("vhp", v, variables, "inputs", createGraph);
  const { fresh } = variables;
  return withDevice(variables.list[0]!.device, () => {
    const output = callScalarFunction("vhp", fn, fresh);
    if (strict) refuseConstantOutputs("vhp", [output]);
    const gradients = partialGradients([output], fresh, null, { createGraph: true });
    if (strict) {
      refuseIndependence("vhp", gradients, true, (i) => `the function is independent of input ${i}, or linear`);
    }
    const product = partialGradients(gradients, fresh, vector, { createGraph });
    if (strict) {
      refuseIndependence(
        "vhp",
        product,
        createGraph,
        (i) => `the gradient of the function is independent of input ${i}`,
      );
    }
    return [finish([output], createGraph)[0]!, unlist<I, Tensor>(variables, fillWithZeros(product, fresh))];
  });
}
