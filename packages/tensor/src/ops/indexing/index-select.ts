import { checkSameDevice } from "../../checks/check-device.ts";
import { checkIndices } from "../../checks/check-indices.ts";
import { normalizeDim } from "../../checks/check-shape.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { ShapeError } from "../../errors.ts";
import { showShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { gatherRows } from "../internal/gather-rows.ts";

/**
 * The entries at `index` along one axis, in that order. An index may come more than once; the gradient adds up what it reads.
 *
 * Shape: `index` int32 `[k]`; the result has extent `k` along `dim`. A scalar has one entry, and stays a scalar.
 *
 * @throws IndexError if an index or the axis does not exist. @throws DTypeError unless `index` is int32.
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  checkTensor("indexSelect", x);
  const axis = normalizeDim("indexSelect", dim, x.rank);
  checkTensor("indexSelect", index, "index");
  checkSameDevice("indexSelect", [x, index]);
  if (index.rank !== 1)
    throw new ShapeError(`indexSelect: expected a list of positions, got shape ${showShape(index.shape)}`);
  if (x.rank === 0 && index.size !== 1)
    throw new ShapeError(`indexSelect: a scalar has one position to select, got ${index.size}`);
  const length = x.shape[axis] ?? 1;
  checkIndices("indexSelect", index, length);
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const count = index.size;
  const picks = x.rank === 0 ? [] : [...before, count, ...after];
  return gatherRows(x, {
    index,
    values: x.shape,
    picks,
    outer: sizeOf(before),
    length,
    count,
    inner: sizeOf(after),
    shared: true,
  });
}
