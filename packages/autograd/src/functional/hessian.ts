import type { Tensor } from "@tapegrad/tensor";
import { DerivativeCall } from "./derivative-call.ts";
import type { DerivativeOptions, DifferentiableFunction, ForEach, Tensors } from "./differentiable-function.ts";
import { jacobianRows } from "./jacobian-rows.ts";
import { fillWithZeros } from "./partial-gradients.ts";

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
  const call = new DerivativeCall("hessian", inputs, options);
  return call.run(() => {
    const list = fillWithZeros(call.gradientsOf(fn).gradients, call.fresh);
    return jacobianRows<I, I>(call, { ...call.inputs, list });
  });
}
