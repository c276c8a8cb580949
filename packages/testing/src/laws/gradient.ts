import { checkGradGradients, checkGradients, type CheckGradientsOptions } from "@tapegrad/autograd";
import type { Tensor } from "@tapegrad/tensor";
import fc from "fast-check";

/** A differentiable function and inputs for it. */
export interface DifferentiableSubject {
  readonly inputs: readonly Tensor[];
  /** Pure and synchronous; see `checkGradients`. */
  readonly fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
}

/** The law that gradients equal finite differences in double precision, for random subjects. */
export function gradientMatchesFiniteDifference(
  subjects: fc.Arbitrary<DifferentiableSubject>,
  options?: CheckGradientsOptions,
): fc.IAsyncProperty<[DifferentiableSubject]> {
  return fc.asyncProperty(subjects, ({ fn, inputs }) => checkGradients(fn, inputs, options));
}

/** The law that gradients of gradients equal finite differences of gradients, for random subjects. */
export function secondGradientMatchesFiniteDifference(
  subjects: fc.Arbitrary<DifferentiableSubject>,
  options?: CheckGradientsOptions,
): fc.IAsyncProperty<[DifferentiableSubject]> {
  return fc.asyncProperty(subjects, ({ fn, inputs }) => checkGradGradients(fn, inputs, options));
}
