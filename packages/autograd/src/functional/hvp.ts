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
  zeroVariables,
} from "./partial-gradients.ts";

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
  const { createGraph, strict } = completeOptions("hvp", options);
  const variables = variablesOf("hvp", inputs, createGraph);
  const vector = vectorOf("hvp", v, variables, "inputs", createGraph);
  const { fresh } = variables;
  return withDevice(variables.list[0]!.device, () => {
    const output = callScalarFunction("hvp", fn, fresh);
    if (strict) refuseConstantOutputs("hvp", [output]);
    const gradients = partialGradients([output], fresh, null, { createGraph: true });
    if (strict) {
      refuseIndependence("hvp", gradients, true, (i) => `the function is independent of input ${i}, or linear`);
    }
    // As in `jvp`, of the function that gives the gradients.
    const gradGradients = zeroVariables(fresh);
    const gradInputs = partialGradients(gradients, fresh, gradGradients, { createGraph: true });
    const product = partialGradients(gradInputs, gradGradients, vector, { createGraph });
    if (strict) {
      refuseIndependence("hvp", product, createGraph, (i) => `the gradient by input ${i} is independent of the inputs`);
    }
    return [finish([output], createGraph)[0]!, unlist<I, Tensor>(variables, fillWithZeros(product, fresh))];
  });
}
