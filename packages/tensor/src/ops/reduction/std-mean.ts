import type { Tensor } from "../../tensor/tensor.ts";
import { reduceAxes } from "../internal/reduce-axes.ts";
import { refuseInt32 } from "../internal/refuse-int32.ts";
import { root } from "../internal/root.ts";
import { readVarianceOptions, varMean } from "./var-mean.ts";
import type { VarianceOptions } from "./variance.ts";

/**
 * Standard deviations and means over axes; see `std`.
 *
 * @throws DTypeError of int32. @throws IndexError if an axis does not exist.
 */
export function stdMean(
  x: Tensor,
  dim?: number | readonly number[],
  options: VarianceOptions = {},
): readonly [std: Tensor, mean: Tensor] {
  refuseInt32("stdMean", x);
  reduceAxes("stdMean", x, dim);
  readVarianceOptions("stdMean", options);
  const [variance, mean] = varMean(x, dim, options);
  return [root(variance), mean];
}
