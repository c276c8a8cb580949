import type { Tensor } from "../../core.ts";
import { equal, sqrt, where } from "../basic.ts";

/** √x whose derivatives at 0 are 0: for norms and deviations. */
export function root(x: Tensor): Tensor {
  const zero = equal(x, 0);
  return where(zero, 0, sqrt(where(zero, 1, x)));
}
