import type { Tensor } from "../../core.ts";
import { orderAlong } from "../internal/order-along.ts";
import type { ReduceOptions } from "../internal/reduce-axes.ts";
import { chooseAlong } from "../order/choose-along.ts";
import { defineMedian } from "../statistics/define-median.ts";
import type { ValuesAndIndices } from "./max.ts";

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
  if (dim === undefined) return ofAll(x, options);
  const { list, axis, count, shape } = chooseAlong("median", x, dim, options);
  return orderAlong(list, axis, middle(count), shape);
}

/** The lower one in the middle of a sorted list. */
function middle(length: number): { start: number; count: number; nanFirst: boolean } {
  return { start: Math.floor((length - 1) / 2), count: 1, nanFirst: true };
}
