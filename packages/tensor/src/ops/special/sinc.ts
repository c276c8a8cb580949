import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { abs, div, lessEqual, mul, sub, where } from "../basic.ts";
import { sin } from "../elementwise/sin.ts";
import type { Num } from "../internal/define-binary.ts";

/** Up to this angle the series is used: derivatives of the quotient are differences of large values near 0. */
const SERIES_TO = 1;
/** Terms after the first; the next is below the rounding of float64. */
const TERMS = 9;

/** sin(πx)/(πx), and 1 at 0. Derivatives are those of this function at 0 too, where PyTorch's second one is NaN. */
export function sinc(x: Tensor): Tensor {
  checkTensor("sinc", x);
  const angle = mul(x, Math.PI);
  const near = lessEqual(abs(angle), SERIES_TO);
  const far = where(near, 1, angle);
  return where(near, series(where(near, angle, 0)), div(sin(far), far));
}

/** sin(a)/a = 1 − a²/(2·3)·(1 − a²/(4·5)·(1 − …)). */
function series(angle: Tensor): Num {
  const square = mul(angle, angle);
  let sum: Num = 1;
  for (let k = TERMS; k > 0; k--) sum = sub(1, mul(mul(square, 1 / (2 * k * (2 * k + 1))), sum));
  return sum;
}
