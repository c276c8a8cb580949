import type { Tensor } from "../../core.ts";
import { cast, gather, isnan, mul, reshape, sub, sum } from "../basic.ts";
import { clamp } from "../elementwise/clamp.ts";
import { positionsAlong } from "../internal/order-along.ts";
import type { ReduceOptions } from "../internal/reduce-axes.ts";
import { chooseAlong } from "../order/choose-along.ts";
import type { ValuesAndIndices } from "../reduction/max.ts";
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
  if (dim === undefined) return ofAll(x, options);
  const { list, axis, shape } = chooseAlong("nanmedian", x, dim, options);
  const indices = positionAlong(list, axis);
  return { values: reshape(gather(list, axis, indices), shape), indices: reshape(indices, shape) };
}

/** Where the lower one in the middle of all that is not NaN stands; in sorted order, NaNs come last. */
function positionAlong(x: Tensor, axis: number): Tensor {
  const numbers = sum(sub(1, isnan(x)), axis, { keepDim: true });
  const middle = cast(clamp(mul(sub(numbers, 1), 0.5), { min: 0 }), "int32");
  return gather(positionsAlong(x, axis, { count: x.shape[axis]! }), axis, middle);
}
