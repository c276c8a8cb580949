import type { Tensor } from "../../core.ts";
import { greaterEqual, maximum, reshape, where } from "../basic.ts";
import { gatherRows } from "../internal/gather-rows.ts";
import { entriesAt } from "./entries-at.ts";
import { asList, listLayout } from "./gather.ts";
import { lastAt } from "./scatter-places.ts";

/**
 * `x`, with entry `i` of `source` in place of the entry at position `index[i]` of an axis. Of several entries that go to one place, the
 * last stays, and takes the gradient.
 *
 * Shape: `index` int32 `[k]`; `source` that of `x`, with extent `k` along `dim`.
 *
 * @throws ShapeError if the shapes do not fit. @throws IndexError if an index or the axis does not exist.
 * @throws DTypeError if the dtypes of `x` and `source` differ, or `index` is not int32.
 */
export function indexCopy(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  const { axis } = entriesAt("indexCopy", x, dim, index, source, true);
  return copiedAt(x, axis, index, asList(source));
}

/** `x` with `entries` at a list of positions along an axis. */
export function copiedAt(x: Tensor, axis: number, index: Tensor, entries: Tensor): Tensor {
  if (entries.size === 0) return reshape(x, x.shape);
  const { shape } = asList(x);
  const from = lastAt(asList(index), [shape[axis]!], 0);
  const chosen = gatherRows([entries], listLayout(entries.shape, axis, maximum(from, 0)));
  const along = shape.map((extent, i) => (i === axis ? extent : 1));
  return reshape(where(reshape(greaterEqual(from, 0), along), chosen, asList(x)), x.shape);
}
