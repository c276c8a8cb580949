import type { Tensor } from "../../core.ts";
import { root } from "../internal/root.ts";
import { varMeanFor } from "./var-mean.ts";
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
  const [variance, mean] = varMeanFor("stdMean", x, dim, options);
  return [root(variance), mean];
}
