import type { Tensor } from "../../core.ts";
import { onesLike } from "../../tensor/create.ts";
import { add, gather, reshape } from "../basic.ts";
import { combineAlong } from "../internal/combine-along.ts";
import { positionsAlong } from "../internal/order-along.ts";
import type { ReduceOptions } from "../internal/reduce-axes.ts";
import { chooseAlong } from "../order/choose-along.ts";
import { argmax } from "../reduction/argmax.ts";
import type { ValuesAndIndices } from "../reduction/max.ts";

/**
 * The values that occur most often along an axis, the smallest of several, and where they stand: at the last place, which torch
 * leaves open.
 *
 * @param dim the axis. @default -1
 * @throws ShapeError if there is nothing to choose from along the axis. @throws IndexError if it does not exist.
 */
export function mode(x: Tensor, dim = -1, options: ReduceOptions = {}): ValuesAndIndices {
  const { list, axis, count, shape } = chooseAlong("mode", x, dim, options);
  const order = positionsAlong(list, axis, { count });
  const sorted = gather(list.detach(), axis, order);
  const times = combineAlong([onesLike(sorted)], axis, ([a], [b]) => [add(a!, b!)], sorted)[0]!;
  const indices = gather(order, axis, argmax(times, axis, { keepDim: true }));
  return { values: reshape(gather(list, axis, indices), shape), indices: reshape(indices, shape) };
}
