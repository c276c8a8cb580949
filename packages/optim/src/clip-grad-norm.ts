import { ValueError, noGrad, zeros } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import { abs } from "@tapegrad/tensor/ops/abs";
import { add } from "@tapegrad/tensor/ops/add";
import { amax } from "@tapegrad/tensor/ops/amax";
import { clamp } from "@tapegrad/tensor/ops/clamp";
import { div } from "@tapegrad/tensor/ops/div";
import { maximum } from "@tapegrad/tensor/ops/maximum";
import { mul } from "@tapegrad/tensor/ops/mul";
import { pow } from "@tapegrad/tensor/ops/pow";
import { square } from "@tapegrad/tensor/ops/square";
import { sqrt } from "@tapegrad/tensor/ops/sqrt";
import { sum } from "@tapegrad/tensor/ops/sum";

/**
 * Scales all gradients so that their common norm is at most `maxNorm`, and returns the norm that they had.
 *
 * The norm is that of all gradients as one vector: `(Σ |g|ᵖ)^(1/p)` with `p = normType`, or the largest |g| for `Infinity`.
 * Every gradient is multiplied by `min(1, maxNorm/(norm + 1e-6))`, also where that is 1. Nothing is read back: the norm
 * stays on the device until you look at it. Parameters without gradient do not count.
 *
 * @throws ValueError if `maxNorm` is negative or not a number, or `normType` is not positive.
 */
export function clipGradNorm(
  parameters: Iterable<Tensor>,
  maxNorm: number,
  { normType = 2 }: { readonly normType?: number } = {},
): Tensor {
  if (!(maxNorm >= 0)) throw new ValueError(`clipGradNorm: maxNorm must not be negative, got ${maxNorm}`);
  if (!(normType > 0)) throw new ValueError(`clipGradNorm: normType must be positive, got ${normType}`);
  return noGrad(() => {
    const owners = [...parameters].filter((parameter) => parameter.grad !== null);
    if (owners.length === 0) return zeros([]);
    const norm = totalNorm(owners.map((parameter) => parameter.grad!), normType);
    const factor = clamp(div(maxNorm, add(norm, 1e-6)), { max: 1 });
    for (const parameter of owners) parameter.grad = mul(parameter.grad!, factor);
    return norm;
  });
}

function totalNorm(gradients: readonly Tensor[], p: number): Tensor {
  if (p === Infinity) return gradients.map((grad) => amax(abs(grad))).reduce((a, b) => maximum(a, b));
  if (p === 2) return sqrt(gradients.map((grad) => sum(square(grad))).reduce((a, b) => add(a, b)));
  return pow(gradients.map((grad) => sum(pow(abs(grad), p))).reduce((a, b) => add(a, b)), 1 / p);
}
