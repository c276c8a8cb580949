import { checkFloat } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { sub } from "../basic.ts";
import { trunc } from "./trunc.ts";

/** x − trunc(x), the fraction of x with its sign. The gradient is 1. @throws DTypeError of int32, as in torch. */
export function frac(x: Tensor): Tensor {
  checkFloat("frac", x);
  return sub(x, trunc(x));
}
