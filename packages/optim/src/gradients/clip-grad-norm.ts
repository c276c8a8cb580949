import { noGrad, type Tensor, ValueError, zeros } from "@tapegrad/tensor";
import { readOptions, showValue } from "@tapegrad/tensor/internal";
import { abs, add, amax, clamp, div, maximum, mul, pow, sqrt, sum, sumSquares } from "@tapegrad/tensor/ops";
import { tensorsOf } from "../optimizers/list-of-parameters.ts";

/**
 * Scales all gradients so that their common norm is at most `maxNorm`, and returns the norm that they had.
 *
 * The norm is that of all gradients as one vector: `(Σ |g|ᵖ)^(1/p)` with `p = normType`, or the largest |g| for `Infinity`.
 * Every gradient is multiplied by `min(1, maxNorm/(norm + 1e-6))`, also where that is 1. Nothing is read back: the norm
 * is a tensor that stays on the device until you look at it, so torch's `error_if_nonfinite` is yours to check. Parameters
 * without gradient do not count.
 *
 * @param parameters one parameter or many.
 * @throws ValueError if `maxNorm` is negative or not a number, or `normType` is not positive.
 */
export function clipGradNorm(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  options: { readonly normType?: number } = {},
): Tensor {
  const { normType } = readOptions("clipGradNorm", options, { normType: [2] });
  if (!(typeof maxNorm === "number" && maxNorm >= 0))
    throw new ValueError(`clipGradNorm: maxNorm must not be negative, got ${showValue(maxNorm)}`);
  if (!(typeof normType === "number" && normType > 0))
    throw new ValueError(`clipGradNorm: normType must be positive, got ${showValue(normType)}`);
  const all = tensorsOf("clipGradNorm", parameters);
  const owners = all.filter(({ grad }) => grad !== null);
  if (owners.length === 0) return zeros([], all[0] && { device: all[0].device });
  return noGrad(() => {
    const gradients = owners.map(({ grad }) => grad!);
    const norm = totalNorm(gradients, normType);
    const factor = clamp(div(maxNorm, add(norm, 1e-6)), { max: 1 });
    for (const owner of owners) owner.grad = mul(owner.grad!, factor);
    return norm;
  });
}

function totalNorm(gradients: readonly Tensor[], p: number): Tensor {
  if (p === Infinity) return gradients.map((grad) => amax(abs(grad))).reduce((a, b) => maximum(a, b));
  if (p === 2) return sqrt(gradients.map((grad) => sumSquares(grad)).reduce((a, b) => add(a, b)));
  const powers = gradients.map((grad) => sum(pow(abs(grad), p))).reduce((a, b) => add(a, b));
  return pow(powers, 1 / p);
}
