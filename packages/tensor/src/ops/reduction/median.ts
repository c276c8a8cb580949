import { normalizeDim } from "../../checks/check-shape.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { ShapeError } from "../../errors.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add } from "../elementwise/add.ts";
import { orderAlong } from "../internal/order-along.ts";
import { keepsDim, reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
import { reshape } from "../shape/reshape.ts";
import { defineMedian } from "../statistics/define-median.ts";
import type { ValuesAndIndices } from "./max.ts";
import { sum } from "./sum.ts";

const ofAll = defineMedian("median", (x) => orderAlong(x, 0, middle(x.size), []).values);

/**
 * The median of all values: the lower of the two in the middle if their number is even. Ties share the gradient evenly. Or,
 * with `dim`, the medians along that axis and where they stood; there the first of equal ones in the order of a stable sort
 * takes the whole gradient. A NaN makes the median NaN, at the position of the first one.
 *
 * The median of no values is NaN.
 *
 * @throws ShapeError if there is nothing to choose from along the axis, or in an int32 tensor.
 * @throws IndexError if the axis does not exist.
 */
export function median(x: Tensor): Tensor;
export function median(x: Tensor, dim: number, options?: ReduceOptions): ValuesAndIndices;
export function median(x: Tensor, dim?: number, options: ReduceOptions = {}): Tensor | ValuesAndIndices {
  checkTensor("median", x);
  const keepDim = keepsDim("median", options);
  if (dim === undefined) {
    if (x.size === 0 && x.dtype === "int32")
      throw new ShapeError(`median: there is no value to choose in an int32 tensor of shape ${showShape(x.shape)}`);
    const value = x.size === 0 ? add(sum(x), NaN) : ofAll([reshape(x, [x.size])]);
    return reshape(value, reduceAxes("median", x, undefined, { keepDim }).shape);
  }
  const axis = normalizeDim("median", dim, x.rank);
  const length = x.shape[axis] ?? 1;
  if (length === 0)
    throw new ShapeError(
      `median: expected axis ${axis} to have entries; there is no value to choose in shape ${showShape(x.shape)}`,
    );
  return orderAlong(x, axis, middle(length), reduceAxes("median", x, axis, { keepDim }).shape);
}

/** The lower one in the middle of a sorted list. */
function middle(length: number): { start: number; count: number; nanFirst: boolean } {
  return { start: Math.floor((length - 1) / 2), count: 1, nanFirst: true };
}
