import { normalizeDim } from "../../checks/check-shape.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { ShapeError } from "../../errors.ts";
import { onesLike } from "../../tensor/create.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add } from "../elementwise/add.ts";
import { gather } from "../indexing/gather.ts";
import { combineAlong } from "../internal/combine-along.ts";
import { positionsAlong } from "../internal/order-along.ts";
import { keepsDim, reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
import { argmax } from "../reduction/argmax.ts";
import type { ValuesAndIndices } from "../reduction/max.ts";
import { reshape } from "../shape/reshape.ts";

/**
 * The values that occur most often along an axis, the smallest of several, and where they stand: at the last place, which torch
 * leaves open.
 *
 * @param dim the axis. @default -1
 * @throws ShapeError if there is nothing to choose from along the axis. @throws IndexError if it does not exist.
 */
export function mode(x: Tensor, dim = -1, options: ReduceOptions = {}): ValuesAndIndices {
  checkTensor("mode", x);
  const keepDim = keepsDim("mode", options);
  const axis = normalizeDim("mode", dim, x.rank);
  const { shape, count } = reduceAxes("mode", x, axis, { keepDim });
  if (count === 0)
    throw new ShapeError(
      `mode: expected axis ${axis} to have entries; there is no value to choose in shape ${showShape(x.shape)}`,
    );
  const list = x.rank === 0 ? reshape(x, [1]) : x;
  const order = positionsAlong(list, axis, { count });
  const sorted = gather(list.detach(), axis, order);
  const times = combineAlong([onesLike(sorted)], axis, ([a], [b]) => [add(a!, b!)], sorted)[0]!;
  const indices = gather(order, axis, argmax(times, axis, { keepDim: true }));
  return { values: reshape(gather(list, axis, indices), shape), indices: reshape(indices, shape) };
}
