import type { Tensor } from "../../tensor/tensor.ts";
import { reduceAxes } from "../internal/reduce-axes.ts";
import { refuseInt32 } from "../internal/refuse-int32.ts";
import { root } from "../internal/root.ts";
import { readVarianceOptions } from "./var-mean.ts";
import { variance, type VarianceOptions } from "./variance.ts";

/**
 * Standard deviations over axes: roots of `variance`. The gradient of a deviation of 0 is 0, as in torch.
 *
 * @throws DTypeError of int32. @throws IndexError if an axis does not exist.
 */
export function std(x: Tensor, dim?: number | readonly number[], options: VarianceOptions = {}): Tensor {
  refuseInt32("std", x);
  reduceAxes("std", x, dim);
  readVarianceOptions("std", options);
  return root(variance(x, dim, options));
}
