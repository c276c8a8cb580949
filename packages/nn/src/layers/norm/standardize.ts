import type { Tensor } from "@tapegrad/tensor";
import { batchNormFor, checkNotNegative, checkOptionalTensor, type OptionRules } from "@tapegrad/tensor/internal";
import { add, mul, reshape, sub } from "@tapegrad/tensor/ops";

/**
 * Gives each of `groups` equal, consecutive parts of the input mean 0 and variance 1: `(x − E[x]) / √(Var[x] + eps)`.
 * It is a batch norm of one image with a channel for each part; errors name the caller.
 */
export function standardize(caller: string, input: Tensor, groups: number, eps: number): Tensor {
  if (input.size === 0) return input;
  const rows = reshape(input, [1, groups, input.size / groups]);
  // Alone in its part, a value is its own mean; batch norm refuses that as a mistake. Gradients are 0, but NaN at NaN and ±∞.
  const standard =
    input.size === groups ? mul(sub(rows, rows), rows) : batchNormFor(caller, rows, { training: true, eps });
  return reshape(standard, input.shape);
}

/** The option of what divides by a standard deviation. */
export interface VarianceOptions {
  /** Added to the variance. @default 1e-5 */
  readonly eps?: number;
}

/** What a norm scales and shifts with, if anything. */
export interface ScaleAndShift {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
}

/** Rules for what a function that normalises scales and shifts with, and divides by. */
export const affineRules: OptionRules<Partial<ScaleAndShift> & VarianceOptions> = {
  weight: [null, checkOptionalTensor],
  bias: [null, checkOptionalTensor],
  eps: [1e-5, checkNotNegative],
};

/** Scale and shift, broadcast from the shape that they shall have along the last axes. */
export function affine(input: Tensor, { weight, bias }: ScaleAndShift, shape: readonly number[]): Tensor {
  const scaled = weight === null ? input : mul(input, reshape(weight, shape));
  return bias === null ? scaled : add(scaled, reshape(bias, shape));
}
