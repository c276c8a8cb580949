import type { Tensor } from "../../core.ts";
import { abs, add, div, equal, maximum, minimum, mul, sqrt, square, where } from "../basic.ts";
import { isinf } from "../comparison/isinf.ts";
import type { Num } from "../internal/define-binary.ts";
import { definePair } from "../internal/define-pair.ts";

/**
 * √(a² + b²), broadcast, without overflow; ∞ beside an infinity. The gradient at the origin is NaN, as in torch.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export const hypot: (a: Num, b: Num) => Tensor = definePair({
  name: "hypot",
  compute(a, b) {
    const [x, y] = [abs(a), abs(b)];
    const larger = maximum(x, y);
    const length = mul(larger, sqrt(add(square(div(minimum(x, y), larger)), 1)));
    return where(maximum(isinf(a), isinf(b)), Infinity, where(equal(larger, 0), 0, length));
  },
  vjp: (grad, a, b, y) => [() => mul(grad, div(a, y)), () => mul(grad, div(b, y))],
});
