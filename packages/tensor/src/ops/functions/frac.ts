import type { Tensor } from "../../tensor/tensor.ts";
import { sub } from "../basic.ts";
import { refuseInt32 } from "../internal/refuse-int32.ts";
import { trunc } from "./trunc.ts";

/** x − trunc(x), the fraction of x with its sign. The gradient is 1. @throws DTypeError of int32, as in torch. */
export function frac(x: Tensor): Tensor {
  refuseInt32("frac", x);
  return sub(x, trunc(x));
}
