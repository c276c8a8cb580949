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
} from "./differentiable-function.ts";
import { jacobianRows } from "./jacobian-rows.ts";
import { refuseConstantOutputs } from "./partial-gradients.ts";

/** The Jacobian of each output with respect to each input; a level is an array where outputs, or inputs, are one. */
export type Jacobian<O extends Tensors, I extends Tensors> = ForEach<O, ForEach<I, Tensor>>;

/**
 * The Jacobian of a function: `J[..., ...] = ∂ output[...] / ∂ input[...]`, by a backward pass for each element of the
 * outputs.
 *
 * Shape: `[...output.shape, ...input.shape]`. Several outputs give an array, several inputs an array in each entry:
 * `jacobian(fn, [x, y])[0]` is `∂ fn / ∂ x`, and `[1][0]` is `∂ output 1 / ∂ x` where `fn` returns an array.
 *
 * ```ts
 * const x = tensor([1, 2, 3]);
 * jacobian((x) => square(x), x); // [3, 3]: 2, 4, 6 on the diagonal
 * ```
 *
 * The function is called once, with tensors that share the inputs' values, on the inputs' device; no `.grad` is touched.
 * An output that does not depend on an input has a Jacobian of zeros, unless `strict` is set.
 *
 * @throws ValueError if the inputs or outputs are no tensors, or of an unknown option. @throws DTypeError of an int32 input.
 * @throws GradientError with `strict`, if an output is independent of an input, or, with `createGraph`, the Jacobian is.
 */
export function jacobian<const I extends Tensors, const O extends Tensors>(
  fn: DifferentiableFunction<O>,
  inputs: I,
  options: DerivativeOptions = {},
): Jacobian<O, I> {
  const { createGraph, strict } = completeOptions("jacobian", options);
  const variables = variablesOf("jacobian", inputs, createGraph);
  return withDevice(variables.list[0]!.device, () => {
    const outputs = callFunction("jacobian", fn, variables.fresh);
    if (strict) refuseConstantOutputs("jacobian", outputs.list);
    const rows = jacobianRows("jacobian", outputs.list, variables.fresh, { createGraph, strict });
    return unlist<O, ForEach<I, Tensor>>(
      outputs,
      rows.map((row) => unlist<I, Tensor>(variables, row)),
    );
  });
}
