import { checkIndices, checkOperands, normalizeDim } from "../../checks/index.ts";
import { sameShape, type Shape, ShapeError, showShape, type Tensor, withExtent } from "../../core.ts";
import { aroundAxis } from "../../kernels/lib/around-axis.ts";
import { gatherRows } from "../internal/gather-rows.ts";
import { reshape } from "../shape/reshape.ts";
import { take } from "../shape/take.ts";

/**
 * `out[i][j][k] = x[index[i][j][k]][j][k]` for `dim` 0, and so on. The gradient adds up what is read twice.
 *
 * Shape: `index` int32, of the rank of `x`, and nowhere larger beside `dim`; the result has its shape. A scalar counts as a
 * list of one, as in torch.
 *
 * @throws ShapeError if the shapes do not fit. @throws IndexError if an index or the axis does not exist.
 */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  checkOperands("gather", { x, index });
  if (x.rank === 0 || index.rank === 0) return reshape(gather(asList(x), dim, asList(index)), index.shape);
  const { axis, region } = checkGather("gather", x, dim, index);
  checkIndices("gather", index, x.shape[axis]!);
  return gatherRows([firstOf(x, region)], gatherLayout(region, axis, index));
}

/** The axis, and the part of `x` that an index can reach: all along the axis, as far as the index goes elsewhere. */
export function checkGather(
  op: string,
  x: Tensor,
  dim: number,
  index: Tensor,
): { readonly axis: number; readonly region: Shape } {
  const axis = normalizeDim(op, dim, x.rank);
  if (index.rank !== x.rank || index.shape.some((extent, i) => i !== axis && extent > x.shape[i]!)) {
    throw new ShapeError(
      `${op}: index shape ${showShape(index.shape)} must have the rank of ${showShape(x.shape)} and not exceed it beside axis ${axis}`,
    );
  }
  return { axis, region: withExtent(index.shape, axis, x.shape[axis]!) };
}

/** The part of that shape that begins where `x` begins. */
export function firstOf(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return take(x, shape, { starts: shape.map(() => 0), steps: shape.map(() => 1) });
}

/** A scalar as a list of one; other tensors as they are. */
export function asList(x: Tensor): Tensor {
  return x.rank === 0 ? reshape(x, [1]) : x;
}

/** How an index shaped like the picks reads values of shape `region`. Scalars count as lists of one. */
export function gatherLayout(region: Shape, axis: number, index: Tensor): Parameters<typeof gatherRows>[1] {
  const picks = index.shape;
  return { index, values: region, picks, ...aroundAxis(region, axis), count: picks[axis] ?? 1, shared: false };
}

/** How a list of positions along an axis reads values of that shape. */
export function listLayout(values: Shape, axis: number, index: Tensor): Parameters<typeof gatherRows>[1] {
  const count = index.size;
  return { index, values, picks: withExtent(values, axis, count), ...aroundAxis(values, axis), count, shared: true };
}
