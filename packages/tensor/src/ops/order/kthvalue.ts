import { showValue } from "../../checks/index.ts";
import { IndexError, showShape, type Tensor } from "../../core.ts";
import { axisOf } from "../internal/axis-of.ts";
import { orderAlong } from "../internal/order-along.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
import type { ValuesAndIndices } from "../reduction/max.ts";

/**
 * The `k`-th smallest values along an axis, counted from 1, and where they stood: the first of equal ones in the order of
 * a stable sort, which torch leaves open. NaN is greater than all else.
 *
 * @param dim the axis. @default -1
 * @throws IndexError unless the axis exists and `k` is an integer from 1 to its extent.
 */
export function kthvalue(x: Tensor, k: number, dim: number = -1, options: ReduceOptions = {}): ValuesAndIndices {
  const axis = axisOf("kthvalue", x, dim);
  const { shape, count } = reduceAxes("kthvalue", x, axis, options);
  if (!Number.isInteger(k) || k < 1 || k > count)
    throw new IndexError(
      `kthvalue: k ${showValue(k)} is out of range; expected an integer in [1, ${count}] for axis ${axis} of shape ${showShape(x.shape)}`,
    );
  return orderAlong(x, axis, { start: k - 1, count: 1 }, shape);
}
