import type { Tensor } from "../tensor.ts";
import { root } from "./root.ts";
import { variance } from "./variance.ts";
import type { VarianceOptions } from "./variance.ts";

/** Standard deviations over axes: roots of `variance`. The gradient of a deviation of 0 is 0, as in torch. */
export function std(x: Tensor, dim?: number | readonly number[], options?: VarianceOptions): Tensor {
  return root(variance(x, dim, options));
}
