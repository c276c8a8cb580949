import type { Tensor } from "../../core.ts";
import { positionsAlong } from "../internal/order-along.ts";
import { checkSort, type SortOptions } from "./sort.ts";

/**
 * Positions that put an axis in order, int32: `gather(x, dim, argsort(x, { dim }))` is sorted. As the indices of `sort`.
 *
 * @throws IndexError if the axis does not exist.
 */
export function argsort(x: Tensor, options: SortOptions = {}): Tensor {
  const { axis, descending } = checkSort("argsort", x, options);
  return positionsAlong(x, axis, { count: x.shape[axis] ?? 1, descending });
}
