import { checkInteger, checkNumber, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { add, mul, reshape } from "../basic.ts";
import { addRows } from "../internal/add-rows.ts";
import { entriesAt } from "./entries-at.ts";
import { asList } from "./gather.ts";

/** Options of `indexAdd`. */
export interface IndexAddOptions {
  /** What is added is multiplied by this. @default 1 */
  readonly alpha?: number;
}

/**
 * `x`, with entry `i` of `source` added at position `index[i]` of an axis: the adjoint of `indexSelect`.
 *
 * Several entries may go to one place; they are added in order, the same on every run. A scalar has one entry.
 *
 * Shape: `index` int32 `[k]`; `source` that of `x`, with extent `k` along `dim`.
 *
 * @throws ShapeError if the shapes do not fit. @throws IndexError if an index or the axis does not exist.
 * @throws DTypeError if the dtypes of `x` and `source` differ, or `index` is not int32. @throws ValueError if `x` is int32 and `alpha`
 *   not whole.
 */
export function indexAdd(x: Tensor, dim: number, index: Tensor, source: Tensor, options: IndexAddOptions = {}): Tensor {
  const entries = entriesAt("indexAdd", x, dim, index, source, true);
  const { alpha } = readOptions("indexAdd", options, { alpha: [1, checkNumber] });
  if (x.dtype === "int32") checkInteger("indexAdd", "alpha", alpha);
  const values = alpha === 1 ? asList(source) : mul(asList(source), alpha);
  return add(x, reshape(addRows(values, entries), x.shape));
}
