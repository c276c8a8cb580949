import type { Tensor } from "../../core.ts";
import { arange } from "../../tensor/create.ts";
import { broadcastTo, gather, greaterEqual, isnan, lessEqual, maximum, reshape, where } from "../basic.ts";
import { axisOf } from "../internal/axis-of.ts";
import { combineAlong } from "../internal/combine-along.ts";
import type { ValuesAndIndices } from "../reduction/max.ts";

/**
 * The largest of all values up to each along an axis, and where it stands: the last of several. NaN wins. The gradient goes to that value.
 *
 * @throws IndexError if the axis does not exist.
 */
export function cummax(x: Tensor, dim: number): ValuesAndIndices {
  return runningExtremes("cummax", x, dim, greaterEqual);
}

/**
 * The smallest of all values up to each along an axis, and where it stands: the last of several. NaN wins. The gradient goes to that value.
 *
 * @throws IndexError if the axis does not exist.
 */
export function cummin(x: Tensor, dim: number): ValuesAndIndices {
  return runningExtremes("cummin", x, dim, lessEqual);
}

function runningExtremes(
  op: string,
  x: Tensor,
  dim: number,
  wins: (later: Tensor, earlier: Tensor) => Tensor,
): ValuesAndIndices {
  const axis = axisOf(op, x, dim);
  const list = x.rank === 0 ? reshape(x, [1]) : x;
  const count = list.shape[axis]!;
  const along = list.shape.map((_, i) => (i === axis ? count : 1));
  const places = broadcastTo(reshape(arange(0, count, { dtype: "int32", device: x.device }), along), list.shape);
  const [, found] = combineAlong([list.detach(), places], axis, ([later, laterPlace], [earlier, earlierPlace]) => {
    const chosen = maximum(wins(later!, earlier!), isnan(later!));
    return [where(chosen, later!, earlier!), where(chosen, laterPlace!, earlierPlace!)];
  });
  const values = gather(list, axis, found!);
  return { values: reshape(values, x.shape), indices: reshape(found!, x.shape) };
}
