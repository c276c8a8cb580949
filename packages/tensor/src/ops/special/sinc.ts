import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { abs, div, lessEqual, mul, where } from "../basic.ts";
import { sin } from "../elementwise/sin.ts";

/** Up to here the derivatives, which divide by squares of x, are those at 0. */
const TINY = 1e-10;

/** sin(πx)/(πx), and 1 at 0. The gradient at 0 is 0, and so is its own. */
export function sinc(x: Tensor): Tensor {
  checkTensor("sinc", x);
  const zero = lessEqual(abs(x), TINY);
  const angle = mul(where(zero, 1, x), Math.PI);
  return where(zero, 1, div(sin(angle), angle));
}
