import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { zerosLike } from "../../tensor/create.ts";
import { abs, div, equal, less, maximum, mul, neg, where } from "../basic.ts";
import { reciprocal } from "../elementwise/reciprocal.ts";
import type { Num } from "../internal/define-binary.ts";
import { definePair } from "../internal/define-pair.ts";

/**
 * |a| with the sign of b, also that of −0; broadcast. NaN counts as positive. The gradient is 0 for b, and for a where it is 0.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export const copysign: (a: Num, b: Num) => Tensor = definePair({
  name: "copysign",
  compute(a, b) {
    const magnitude = abs(a);
    return where(signbit(b), neg(magnitude), magnitude);
  },
  vjp: (grad, a, _b, y) => [() => mul(grad, where(equal(a, 0), 0, div(y.detach(), a.detach()))), () => zerosLike(grad)],
});

/** 1 where x is negative or −0, else 0, also of NaN; float32, for there is no boolean dtype. */
export function signbit(x: Tensor): Tensor {
  checkTensor("signbit", x);
  const values = x.detach();
  return x.dtype === "int32" ? less(values, 0) : maximum(less(values, 0), less(reciprocal(values), 0));
}
