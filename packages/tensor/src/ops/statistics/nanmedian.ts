import { normalizeDim } from "../../checks/check-shape.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { ShapeError } from "../../errors.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { isnan } from "../comparison/isnan.ts";
import { cast } from "../copy/cast.ts";
import { clamp } from "../elementwise/clamp.ts";
import { mul } from "../elementwise/mul.ts";
import { sub } from "../elementwise/sub.ts";
import { gather } from "../indexing/gather.ts";
import { positionsAlong } from "../internal/order-along.ts";
import { keepsDim, reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
import type { ValuesAndIndices } from "../reduction/max.ts";
import { median } from "../reduction/median.ts";
import { sum } from "../reduction/sum.ts";
import { reshape } from "../shape/reshape.ts";
import { defineMedian } from "./define-median.ts";

const ofAll = defineMedian("nanmedian", (x) => reshape(gather(x, 0, positionAlong(x, 0)), []));

/**
 * `median` of all that is not NaN; NaN if there is nothing else.
 *
 * @throws ShapeError if there is nothing to choose from along the axis, or in an int32 tensor.
 * @throws IndexError if the axis does not exist.
 */
export function nanmedian(x: Tensor): Tensor;
export function nanmedian(x: Tensor, dim: number, options?: ReduceOptions): ValuesAndIndices;
export function nanmedian(x: Tensor, dim?: number, options: ReduceOptions = {}): Tensor | ValuesAndIndices {
  checkTensor("nanmedian", x);
  const keepDim = keepsDim("nanmedian", options);
  if (dim === undefined) {
    if (x.size === 0 && x.dtype === "int32")
      throw new ShapeError(`nanmedian: there is no value to choose in an int32 tensor of shape ${showShape(x.shape)}`);
    const value = x.size === 0 ? median(x) : ofAll([reshape(x, [x.size])]);
    return reshape(value, reduceAxes("nanmedian", x, undefined, { keepDim }).shape);
  }
  const axis = normalizeDim("nanmedian", dim, x.rank);
  const { shape, count } = reduceAxes("nanmedian", x, axis, { keepDim });
  if (count === 0)
    throw new ShapeError(
      `nanmedian: expected axis ${axis} to have entries; there is no value to choose in shape ${showShape(x.shape)}`,
    );
  const list = x.rank === 0 ? reshape(x, [1]) : x;
  const indices = positionAlong(list, axis);
  return { values: reshape(gather(list, axis, indices), shape), indices: reshape(indices, shape) };
}

/** Where the lower one in the middle of all that is not NaN stands; in sorted order, NaNs come last. */
function positionAlong(x: Tensor, axis: number): Tensor {
  const numbers = sum(sub(1, isnan(x)), axis, { keepDim: true });
  const middle = cast(clamp(mul(sub(numbers, 1), 0.5), { min: 0 }), "int32");
  return gather(positionsAlong(x, axis, { count: x.shape[axis]! }), axis, middle);
}
