import { checkBoolean, checkTensor, normalizeDim, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { orderAlong } from "../internal/order-along.ts";
import type { ValuesAndIndices } from "../reduction/max.ts";

/** Options of `sort` and `argsort`. */
export interface SortOptions {
  /** The axis. @default -1 */
  readonly dim?: number;
  /** Whether the largest comes first. @default false */
  readonly descending?: boolean;
  /** Whether equal values keep their order. They do in any case, as with `stable=True` in torch. @default false */
  readonly stable?: boolean;
}

/**
 * Values along an axis in ascending or descending order, and where they stood.
 *
 * NaN is greater than all else, and −0 equals 0; equal values keep their order. The gradient goes back to where each value
 * came from. Time grows with `n` on wasm, with `n²` for an axis of `n` on gpu devices.
 *
 * Shape: values and indices (int32) have that of `x`.
 *
 * @throws IndexError if the axis does not exist.
 */
export function sort(x: Tensor, options: SortOptions = {}): ValuesAndIndices {
  const { axis, descending } = checkSort("sort", x, options);
  return orderAlong(x, axis, { count: x.shape[axis] ?? 1, descending });
}

/** What `sort` and `argsort` are asked for, checked. */
export function checkSort(op: string, x: Tensor, options: SortOptions): { axis: number; descending: boolean } {
  checkTensor(op, x);
  const { dim, descending } = readOptions(op, options, {
    dim: [-1],
    descending: [false, checkBoolean],
    stable: [false, checkBoolean],
  });
  return { axis: normalizeDim(op, dim, x.rank), descending };
}
