import { checkSameDevice } from "../../checks/check-device.ts";
import { checkIndices } from "../../checks/check-indices.ts";
import { normalizeDim } from "../../checks/check-shape.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { DTypeError, ShapeError } from "../../errors.ts";
import { sameShape, type Shape, showShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { greaterEqual } from "../comparison/greater-equal.ts";
import { where } from "../comparison/where.ts";
import { maximum } from "../elementwise/maximum.ts";
import { gatherRows } from "../internal/gather-rows.ts";
import { reshape } from "../shape/reshape.ts";
import { asList } from "./gather.ts";
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
  checkTensor("indexCopy", x);
  const axis = normalizeDim("indexCopy", dim, x.rank);
  checkTensor("indexCopy", source, "source");
  const expected = entriesAt("indexCopy", x, axis, index, source);
  if (source.dtype !== x.dtype)
    throw new DTypeError(`indexCopy: x is ${x.dtype}, but source ${source.dtype}; convert one with cast`);
  if (!sameShape(asList(source).shape, expected))
    throw new ShapeError(
      `indexCopy: expected a source of shape ${showShape(expected)} for ${index.size} positions along axis ${axis} of ${showShape(x.shape)}, got ${showShape(source.shape)}`,
    );
  return copiedAt(x, axis, index, asList(source));
}

/** The shape of the entries at a list of positions. @throws ShapeError, IndexError or DeviceError naming `op` if they cannot be. */
export function entriesAt(op: string, x: Tensor, axis: number, index: Tensor, source: Tensor): Shape {
  checkTensor(op, index, "index");
  checkSameDevice(op, [x, index, source]);
  if (index.rank > 1) throw new ShapeError(`${op}: expected a list of positions, got shape ${showShape(index.shape)}`);
  const { shape } = asList(x);
  checkIndices(op, index, shape[axis]!);
  return shape.map((extent, i) => (i === axis ? index.size : extent));
}

/** `x` with `entries` at a list of positions along an axis. */
export function copiedAt(x: Tensor, axis: number, index: Tensor, entries: Tensor): Tensor {
  if (entries.size === 0) return reshape(x, x.shape);
  const { shape } = asList(x);
  const from = lastAt(asList(index), [shape[axis]!], 0);
  const chosen = gatherRows(entries, {
    index: maximum(from, 0),
    values: entries.shape,
    picks: shape,
    outer: sizeOf(shape.slice(0, axis)),
    length: entries.shape[axis]!,
    count: shape[axis]!,
    inner: sizeOf(shape.slice(axis + 1)),
    shared: true,
  });
  const along = shape.map((extent, i) => (i === axis ? extent : 1));
  return reshape(where(reshape(greaterEqual(from, 0), along), chosen, asList(x)), x.shape);
}
