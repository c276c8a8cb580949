import { checkBoolean, checkTensor, normalizeDim, readOptions, showValue } from "../../checks/index.ts";
import { IndexError, showShape, type Tensor } from "../../core.ts";
import { orderAlong } from "../internal/order-along.ts";
import type { ValuesAndIndices } from "../reduction/max.ts";

/** Options of `topk`. */
export interface TopkOptions {
  /** The axis. @default -1 */
  readonly dim?: number;
  /** Whether the largest values are wanted, or the smallest. @default true */
  readonly largest?: boolean;
  /** Whether they come in order. They do in any case; torch leaves the order open with `sorted=False`. @default true */
  readonly sorted?: boolean;
}

/**
 * The `k` largest or smallest values along an axis, the most extreme first, and where they stood. NaN is greater than all
 * else; of equal values the first is taken first, which torch leaves open.
 *
 * Shape: that of `x`, with `k` entries along the axis; indices are int32.
 *
 * @throws IndexError unless the axis exists and `k` is an integer from 0 to its extent.
 */
export function topk(x: Tensor, k: number, options: TopkOptions = {}): ValuesAndIndices {
  checkTensor("topk", x);
  const { dim, largest } = readOptions("topk", options, {
    dim: [-1],
    largest: [true, checkBoolean],
    sorted: [true, checkBoolean],
  });
  const axis = normalizeDim("topk", dim, x.rank);
  const length = x.shape[axis] ?? 1;
  if (!Number.isInteger(k) || k < 0 || k > length)
    throw new IndexError(
      `topk: k ${showValue(k)} is out of range; expected an integer in [0, ${length}] for axis ${axis} of shape ${showShape(x.shape)}`,
    );
  return orderAlong(x, axis, { count: x.rank === 0 ? 1 : k, descending: largest });
}
