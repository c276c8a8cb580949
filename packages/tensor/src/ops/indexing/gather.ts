import { checkSameDevice } from "../../checks/check-device.ts";
import { checkIndices } from "../../checks/check-indices.ts";
import { normalizeDim } from "../../checks/check-shape.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { ShapeError } from "../../errors.ts";
import { sameShape, type Shape, showShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
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
  checkTensor("gather", x);
  checkTensor("gather", index, "index");
  checkSameDevice("gather", [x, index]);
  if (x.rank === 0 || index.rank === 0) return reshape(gather(asList(x), dim, asList(index)), index.shape);
  const { axis, region } = checkGather("gather", x, dim, index);
  checkIndices("gather", index, x.shape[axis]!);
  const part = sameShape(region, x.shape)
    ? x
    : take(x, region, { starts: region.map(() => 0), steps: region.map(() => 1) });
  return gatherRows(part, gatherLayout(region, axis, index));
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
  return { axis, region: index.shape.map((extent, i) => (i === axis ? x.shape[i]! : extent)) };
}

/** A scalar as a list of one; other tensors as they are. */
export function asList(x: Tensor): Tensor {
  return x.rank === 0 ? reshape(x, [1]) : x;
}

/** How an index shaped like the picks reads values of shape `region`. */
export function gatherLayout(region: Shape, axis: number, index: Tensor): Parameters<typeof gatherRows>[1] {
  return {
    index,
    values: region,
    picks: index.shape,
    outer: sizeOf(region.slice(0, axis)),
    length: region[axis]!,
    count: index.shape[axis]!,
    inner: sizeOf(region.slice(axis + 1)),
    shared: false,
  };
}
