import type { Tensor } from "../../tensor/tensor.ts";
import { equal } from "../comparison/equal.ts";
import { where } from "../comparison/where.ts";
import { sqrt } from "../elementwise/sqrt.ts";

/** √x whose derivatives at 0 are 0: for norms and deviations. */
export function root(x: Tensor): Tensor {
  const zero = equal(x, 0);
  return where(zero, 0, sqrt(where(zero, 1, x)));
}
