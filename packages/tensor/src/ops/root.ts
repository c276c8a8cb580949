import type { Tensor } from "../tensor.ts";
import { add } from "./add.ts";
import { equal } from "./equal.ts";
import { sqrt } from "./sqrt.ts";
import { sub } from "./sub.ts";

/** √x whose gradient at 0 is finite, so that it vanishes with the gradient of `x` there: for norms and deviations. */
export function root(x: Tensor): Tensor {
  const atZero = equal(x.detach(), 0);
  return sub(sqrt(add(x, atZero)), atZero);
}
