import type { Tensor } from "@tapegrad/tensor";
import { DerivativeCall } from "./derivative-call.ts";
import type { DerivativeOptions, DifferentiableFunction, ForEach, Tensors } from "./differentiable-function.ts";
import { jacobianRows } from "./jacobian-rows.ts";

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
  const call = new DerivativeCall("jacobian", inputs, options);
  return call.run(() => jacobianRows<O, I>(call, call.outputsOf(fn)));
}
