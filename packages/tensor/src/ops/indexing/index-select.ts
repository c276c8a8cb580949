import { checkFit, checkIndices, checkOperands, normalizeDim } from "../../checks/index.ts";
import { ShapeError, type Tensor } from "../../core.ts";
import { gatherRows } from "../internal/gather-rows.ts";
import { listLayout } from "./gather.ts";

/**
 * The entries at `index` along one axis, in that order. An index may come more than once; the gradient adds up what it reads.
 *
 * Shape: `index` int32 `[k]`; the result has extent `k` along `dim`. A scalar has one entry, and stays a scalar.
 *
 * @throws IndexError if an index or the axis does not exist. @throws DTypeError unless `index` is int32.
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  checkOperands("indexSelect", { x, index });
  const axis = normalizeDim("indexSelect", dim, x.rank);
  checkFit("indexSelect", index.rank === 1, "a list of positions", index.shape);
  if (x.rank === 0 && index.size !== 1)
    throw new ShapeError(`indexSelect: a scalar has one position to select, got ${index.size}`);
  const layout = listLayout(x.shape, axis, index);
  checkIndices("indexSelect", index, layout.length);
  return gatherRows([x], layout);
}
