import { checkBoolean, checkOperands, oneOf, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { reshape } from "../basic.ts";
import { combinedAt, type ScatterReduction } from "./combined-at.ts";
import { asList } from "./gather.ts";

/** Options of `scatterReduce`. */
export interface ScatterReduceOptions {
  /** Whether what stands in `x` counts among the values that go there. @default true */
  readonly includeSelf?: boolean;
}

const checkReduction = oneOf("sum", "prod", "mean", "amax", "amin");

/**
 * `x`, where the values `source[i][j][k]` that go to `[index[i][j][k]][j][k]` for `dim` 0, and so on, are combined to their sum,
 * product, mean, largest or smallest. Where none goes, `x` stays.
 *
 * Ties of `"amax"` and `"amin"` share the gradient evenly; that of `"prod"` is right where factors are 0. Means of int32 are rounded down. A
 * scalar counts as a list of one.
 *
 * Shape: `index` int32, of the rank of `x`, nowhere larger beside `dim`, and nowhere larger than `source`.
 *
 * @throws ShapeError if the shapes do not fit. @throws IndexError if an index or the axis does not exist.
 * @throws DTypeError if the dtypes of `x` and `source` differ, or `index` is not int32. @throws ValueError if there is no such `reduce`.
 */
export function scatterReduce(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: ScatterReduction,
  options: ScatterReduceOptions = {},
): Tensor {
  checkOperands("scatterReduce", { x, index, source });
  checkReduction("scatterReduce", "reduce", reduce);
  const { includeSelf } = readOptions("scatterReduce", options, { includeSelf: [true, checkBoolean] });
  const combination = { reduce, includeSelf };
  if (x.rank > 0) return combinedAt("scatterReduce", x, dim, index, source, combination);
  return reshape(combinedAt("scatterReduce", asList(x), dim, asList(index), asList(source), combination), []);
}
