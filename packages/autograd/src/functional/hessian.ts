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
} from "./differentiable-function.ts";
import { jacobianRows } from "./jacobian-rows.ts";
import { fillWithZeros, partialGradients, refuseConstantOutputs, refuseIndependence } from "./partial-gradients.ts";

/** The second derivatives with respect to each pair of inputs; a tensor if the input is one. */
export type Hessian<I extends Tensors> = ForEach<I, ForEach<I, Tensor>>;

/**
 * The Hessian of a function with one value: `H[..., ...] = ∂² output / ∂ input[...] ∂ input[...]`, the Jacobian of the
 * gradient.
 *
 * Shape: `[...input.shape, ...input.shape]`. Several inputs give an array of arrays: `[i][j]`, of the shapes of inputs `i`
 * and `j`.
 *
 * ```ts
 * const x = tensor([1, 2]);
 * hessian((x) => sum(pow(x, 3)), x); // [2, 2]: 6 and 12 on the diagonal
 * ```
 *
 * It takes a backward pass for each element of the inputs; for products with vectors, `hvp` takes three in all.
 *
 * @throws ShapeError if the output has more than one element. @throws ValueError if the function returns anything but one
 *   tensor, or of an unknown option. @throws DTypeError of an int32 input.
 * @throws GradientError with `strict`, if the gradient is independent of an input, or, with `createGraph`, the Hessian is.
 */
export function hessian<const I extends Tensors>(
  fn: DifferentiableFunction<Tensor>,
  inputs: I,
  options: DerivativeOptions = {},
): Hessian<I> {
  const { createGraph, strict } = completeOptions("hessian", options);
  const variables = variablesOf("hessian", inputs, createGraph);
  const { fresh } = variables;
  return withDevice(variables.list[0]!.device, () => {
    const output = callScalarFunction("hessian", fn, fresh);
    if (strict) refuseConstantOutputs("hessian", [output]);
    const gradients = partialGradients([output], fresh, null, { createGraph: true });
    if (strict) {
      refuseIndependence("hessian", gradients, true, (i) => `the function is independent of input ${i}, or linear`);
    }
    const rows = jacobianRows("hessian", fillWithZeros(gradients, fresh), fresh, { createGraph, strict });
    return unlist<I, ForEach<I, Tensor>>(
      variables,
      rows.map((row) => unlist<I, Tensor>(variables, row)),
    );
  });
}
