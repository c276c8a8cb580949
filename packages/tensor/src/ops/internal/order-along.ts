import { launchOne, type Shape, type Tensor, withExtent } from "../../core.ts";
import { aroundAxis } from "../../kernels/lib/around-axis.ts";
import { sortKernel } from "../../kernels/sort.ts";
import { reshape } from "../basic.ts";
import { gatherLayout } from "../indexing/gather.ts";
import type { ValuesAndIndices } from "../reduction/max.ts";
import { gatherRows } from "./gather-rows.ts";

/** Which places of a sorted axis are wanted. */
export interface Places {
  /** @default 0 */
  readonly start?: number;
  readonly count: number;
  /** @default false */
  readonly descending?: boolean;
  /** Whether a NaN stands in for whatever is wanted. @default false */
  readonly nanFirst?: boolean;
}

/**
 * Values along an axis in sorted order, and where they stood: what sorting and all that picks by rank have in common. The
 * gradient goes back to where the values came from. A scalar counts as a list of one.
 *
 * @param shape of the results; by default the axis has as many entries as places are wanted.
 */
export function orderAlong(x: Tensor, axis: number, places: Places, shape?: Shape): ValuesAndIndices {
  const indices = positionsAlong(x, axis, places);
  const values = gatherRows([x], gatherLayout(x.shape, axis, indices));
  return shape === undefined
    ? { values, indices }
    : { values: reshape(values, shape), indices: reshape(indices, shape) };
}

/** The positions alone, int32. */
export function positionsAlong(x: Tensor, axis: number, places: Places): Tensor {
  const { start = 0, count, descending = false, nanFirst = false } = places;
  const output = { shape: withExtent(x.shape, axis, count), dtype: "int32" } as const;
  return launchOne(sortKernel, [x], output, { ...aroundAxis(x.shape, axis), start, count, descending, nanFirst });
}
