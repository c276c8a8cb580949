import type { Tensor } from "../../core.ts";
import { ones, zeros } from "../../tensor/create.ts";
import { add, broadcastTo, cast, cat, cumsum, reshape, slice, sub } from "../basic.ts";
import { gatherLayout } from "../indexing/gather.ts";
import { gatherRows, scatterRows } from "./gather-rows.ts";
import { positionsAlong } from "./order-along.ts";

/** So many ones add up exactly in float32. */
const COUNTABLE = 2 ** 24;

/** Zeros to which each value of `source` is added at its position, of either dtype; float32 sums have a gradient. */
export function addRows(source: Tensor, params: Parameters<typeof scatterRows>[1]): Tensor {
  return source.dtype === "int32" ? addIntegers(source, params) : scatterRows([source], params);
}

/**
 * `scatterRows` of int32: sums of the values that go to one place, exact and wrapping around. Sorted by their places, the values of one
 * place stand together, and their sum is a difference of running sums.
 */
function addIntegers(source: Tensor, params: Parameters<typeof scatterRows>[1]): Tensor {
  const { index, values, outer, length, count, inner, shared } = params;
  const { device } = source;
  if (source.size === 0) return zeros(values, { dtype: "int32", device });
  const picks = [outer, count, inner];
  const places = shared ? broadcastTo(reshape(index, [1, count, 1]), picks) : reshape(index, picks);
  const from = (x: Tensor, at: Tensor): Tensor => gatherRows([x], gatherLayout(x.shape, 1, at));
  const none = zeros([outer, 1, inner], { dtype: "int32", device });
  const sorted = from(reshape(source, picks), positionsAlong(places, 1, { count }));
  const sums = cat([none, cumsum(sorted, 1)], 1);
  const ends = cumsum(countsOf(places, length), 1);
  const starts = cat([none, slice(ends, 1, 0, length - 1)], 1);
  return reshape(sub(from(sums, ends), from(sums, starts)), values);
}

/** How often each of `length` places comes along axis 1, int32. */
function countsOf(places: Tensor, length: number): Tensor {
  const { device, shape } = places;
  const [outer, count, inner] = shape as readonly [number, number, number];
  if (count > COUNTABLE)
    return add(countsOf(slice(places, 1, 0, COUNTABLE), length), countsOf(slice(places, 1, COUNTABLE), length));
  return cast(scatterRows([ones(shape, { device })], gatherLayout([outer, length, inner], 1, places)), "int32");
}
