import { DTypeError, ValueError } from "../errors.ts";
import { keepMaskKernel } from "../kernels/random.ts";
import { launchOne } from "../op.ts";
import { defaultGenerator } from "../random.ts";
import type { Generator } from "../random.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./mul.ts";

/** Options of dropout. */
export interface DropoutOptions {
  /** Whether anything is dropped; else the result is `x` itself. @default true */
  readonly training?: boolean;
  /** @default the generator that `manualSeed` seeds */
  readonly generator?: Generator;
}

/**
 * Sets each element to 0 with probability `p` and scales the others by `1/(1 − p)`, so that the mean stays.
 *
 * With `p` 1 everything is 0, and so is the gradient. With `p` 0, or when not training, the result is `x` itself.
 *
 * @throws ValueError if `p` is not in [0, 1]. @throws DTypeError unless `x` is float32.
 * @see Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  return maskedBy("dropout", x, p, x.shape, options);
}

/** Dropout with one draw for each element of `maskShape`, which is broadcast to `x`. */
export function maskedBy(
  op: string,
  x: Tensor,
  p: number,
  maskShape: Shape,
  { training = true, generator = defaultGenerator() }: DropoutOptions,
): Tensor {
  if (!(p >= 0 && p <= 1)) throw new ValueError(`${op}: the probability must lie in [0, 1], got ${p}`);
  if (x.dtype !== "float32") throw new DTypeError(`${op}: expected a float32 tensor, got ${x.dtype}`);
  if (!training || p === 0) return x;
  const params = { ...generator.key(), keep: 1 - p, value: p === 1 ? 0 : 1 / (1 - p) };
  return mul(x, launchOne(keepMaskKernel, [], { shape: maskShape, dtype: "float32" }, params));
}
