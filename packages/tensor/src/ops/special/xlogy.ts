import type { Tensor } from "../../core.ts";
import { div, equal, isnan, lessEqual, log, mul, where } from "../basic.ts";
import type { Num } from "../internal/define-binary.ts";
import { definePair } from "../internal/define-pair.ts";

/**
 * a · ln b, broadcast, and 0 where a is 0, whatever b is but NaN.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export const xlogy: (a: Num, b: Num) => Tensor = definePair({
  name: "xlogy",
  compute: (a, b) => where(mul(equal(a, 0), equal(isnan(b), 0)), 0, mul(a, log(b))),
  vjp: (grad, a, b) => [() => where(mul(equal(a, 0), lessEqual(b, 0)), 0, xlogy(grad, b)), () => mul(grad, div(a, b))],
});
