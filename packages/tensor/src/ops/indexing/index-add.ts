import { checkInteger, checkNumber } from "../../checks/check-argument.ts";
import { checkSameDevice } from "../../checks/check-device.ts";
import { checkIndices } from "../../checks/check-indices.ts";
import { normalizeDim } from "../../checks/check-shape.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { readOptions } from "../../checks/read-options.ts";
import { DTypeError, ShapeError } from "../../errors.ts";
import { sameShape, showShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add } from "../elementwise/add.ts";
import { mul } from "../elementwise/mul.ts";
import { addIntegers } from "../internal/add-integers.ts";
import { scatterRows } from "../internal/gather-rows.ts";
import { reshape } from "../shape/reshape.ts";
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
  checkTensor("indexAdd", x);
  checkTensor("indexAdd", index, "index");
  checkTensor("indexAdd", source, "source");
  if (source.dtype !== x.dtype)
    throw new DTypeError(`indexAdd: x is ${x.dtype}, but source ${source.dtype}; convert one with cast`);
  checkSameDevice("indexAdd", [x, index, source]);
  const { alpha } = readOptions("indexAdd", options, { alpha: [1, checkNumber] });
  if (x.dtype === "int32") checkInteger("indexAdd", "alpha", alpha);
  const axis = normalizeDim("indexAdd", dim, x.rank);
  if (index.rank > 1)
    throw new ShapeError(`indexAdd: expected a list of positions, got shape ${showShape(index.shape)}`);
  const values = asList(x);
  const expected = values.shape.map((extent, i) => (i === axis ? index.size : extent));
  if (!sameShape(asList(source).shape, expected))
    throw new ShapeError(
      `indexAdd: expected a source of shape ${showShape(expected)} for ${index.size} positions along axis ${axis} of ${showShape(x.shape)}, got ${showShape(source.shape)}`,
    );
  const length = values.shape[axis]!;
  checkIndices("indexAdd", index, length);
  const addedUp = x.dtype === "int32" ? addIntegers : scatterRows;
  const added = addedUp(alpha === 1 ? asList(source) : mul(asList(source), alpha), {
    index: asList(index),
    values: values.shape,
    picks: expected,
    outer: sizeOf(expected.slice(0, axis)),
    length,
    count: index.size,
    inner: sizeOf(expected.slice(axis + 1)),
    shared: true,
  });
  return add(x, reshape(added, x.shape));
}
