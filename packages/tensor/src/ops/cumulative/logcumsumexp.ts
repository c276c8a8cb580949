import { checkFloat, normalizeDim } from "../../checks/index.ts";
import { defineOp, type Tensor } from "../../core.ts";
import { exp, mul, reshape, sub, where } from "../basic.ts";
import { isfinite } from "../comparison/isfinite.ts";
import { combineAlong } from "../internal/combine-along.ts";
import { linearRecurrence, shifted } from "../internal/linear-recurrence.ts";
import { scanAlong } from "../reduction/cumsum.ts";
import { logaddexp } from "../special/logaddexp.ts";

/**
 * The gradient for x[j] is exp(x[j] − y[j])·S[j], with S[j] = Σ over k ≥ j of grad[k]·exp(y[j] − y[k]), which satisfies
 * S[j] = grad[j] + exp(y[j] − y[j + 1])·S[j + 1]: no exponent is above 0.
 */
const op = defineOp<readonly [Tensor], number>({
  name: "logcumsumexp",
  forward: ([x], axis) => combineAlong([x], axis, ([later], [earlier]) => [logaddexp(later!, earlier!)])[0]!,
  vjp(grad, { inputs: [x], outputs: [y], params: axis }) {
    const before = shifted(y!, axis, -Infinity);
    const ratio = where(isfinite(before), exp(sub(before, y!)), 0);
    const rest = linearRecurrence([ratio, grad], { ...scanAlong(x, axis), axis, reverse: true });
    return [mul(exp(sub(x, y!)), rest)];
  },
});

/**
 * Running `logSumExp` along an axis: `y[k] = ln(eˣ⁽⁰⁾ + … + eˣ⁽ᵏ⁾)`, without overflow. The gradients of an ∞, and of −∞ where nothing else
 * came before, are NaN, as in torch.
 *
 * @throws IndexError if the axis does not exist. @throws DTypeError of int32.
 */
export function logcumsumexp(x: Tensor, dim: number): Tensor {
  checkFloat("logcumsumexp", x);
  const axis = normalizeDim("logcumsumexp", dim, x.rank);
  return x.rank === 0 ? reshape(op([reshape(x, [1])], 0), []) : op([x], axis);
}
