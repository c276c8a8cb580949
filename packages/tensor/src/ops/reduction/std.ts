import type { Tensor } from "../../core.ts";
import { root } from "../internal/root.ts";
import { varMeanFor } from "./var-mean.ts";
import type { VarianceOptions } from "./variance.ts";

/**
 * Standard deviations over axes: roots of `variance`. The gradient of a deviation of 0 is 0, as in torch.
 *
 * @throws DTypeError of int32. @throws IndexError if an axis does not exist.
 */
export function std(x: Tensor, dim?: number | readonly number[], options: VarianceOptions = {}): Tensor {
  return root(varMeanFor("std", x, dim, options)[0]);
}
