import type { Tensor } from "../../core.ts";
import { abs, add, equal, exp, log1p, maximum, mul, neg, sub, where } from "../basic.ts";
import { exp2 } from "../functions/exp2.ts";
import type { Num } from "../internal/define-binary.ts";
import { definePair } from "../internal/define-pair.ts";
import { logistic } from "../internal/logistic.ts";

/** The larger one, and what the other adds to it; two equal infinities are their own sum. */
function compute(a: Tensor, b: Tensor, raised: (below: Tensor) => Tensor): Tensor {
  const larger = maximum(a, b);
  const same = mul(equal(a, b), equal(abs(larger), Infinity));
  return where(same, larger, add(larger, raised(neg(abs(sub(a, b))))));
}

/**
 * ln(eᵃ + eᵇ), broadcast, without overflow. The gradient of two equal infinities is NaN, as in torch.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export const logaddexp: (a: Num, b: Num) => Tensor = definePair({
  name: "logaddexp",
  compute: (a, b) => compute(a, b, (below) => log1p(exp(below))),
  vjp: (grad, a, b) => [() => mul(grad, logistic([sub(a, b)])), () => mul(grad, logistic([sub(b, a)]))],
});

/**
 * log₂(2ᵃ + 2ᵇ), broadcast, without overflow. The gradient of two equal infinities is NaN, as in torch.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export const logaddexp2: (a: Num, b: Num) => Tensor = definePair({
  name: "logaddexp2",
  compute: (a, b) => compute(a, b, (below) => mul(log1p(exp2(below)), Math.LOG2E)),
  vjp: (grad, a, b) => [
    () => mul(grad, logistic([mul(sub(a, b), Math.LN2)])),
    () => mul(grad, logistic([mul(sub(b, a), Math.LN2)])),
  ],
});
