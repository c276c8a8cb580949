import { checkDTypeOf, checkFit, checkIndices, checkSameDevice, checkTensor } from "../../checks/index.ts";
import { launchOne, sameShape, type Shape, type Tensor, withExtent } from "../../core.ts";
import { lastPositionsKernel } from "../../kernels/gather.ts";
import { ones } from "../../tensor/create.ts";
import { cat, notEqual, pad, slice } from "../basic.ts";
import { gatherRows } from "../internal/gather-rows.ts";
import { positionsAlong } from "../internal/order-along.ts";
import { checkGather, firstOf, gatherLayout } from "./gather.ts";

/** Where a scatter goes. */
interface ScatterPlaces extends ReturnType<typeof checkGather> {
  /** Of the source, as many as there are indices. */
  readonly values: Tensor;
}

/** @throws DTypeError, ShapeError or IndexError naming `op` unless `source` can be scattered into `x`. */
export function checkScatter(op: string, x: Tensor, dim: number, index: Tensor, source: Tensor): ScatterPlaces {
  checkTensor(op, source, "source");
  checkSameDevice(op, [x, index, source]);
  checkDTypeOf(op, x, "source", source);
  const { axis, region } = checkGather(op, x, dim, index);
  const fit = source.rank === x.rank && index.shape.every((extent, i) => extent <= source.shape[i]!);
  checkFit(op, fit, "an index that does not exceed the source", index.shape, source.shape);
  checkIndices(op, index, x.shape[axis]!);
  return { axis, region, values: firstOf(source, index.shape) };
}

/** `x` with zeros behind it, up to a shape. */
export function spreadTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const amounts = shape.map((extent, i) => [0, extent - x.shape[i]!] as const);
  return pad(x, amounts);
}

/** For each place of a shape, which entry of the index along the axis is the last to name it, int32; −1 where none does. */
export function lastAt(index: Tensor, region: Shape, axis: number): Tensor {
  const { outer, length, count, inner } = gatherLayout(region, axis, index);
  return launchOne(lastPositionsKernel, [index], { shape: region, dtype: "int32" }, { outer, length, count, inner });
}

/** The entries of an int32 tensor in order along an axis, where they stood, and 1 for the last of those that are equal. */
export function runsAlong(
  index: Tensor,
  axis: number,
): { readonly order: Tensor; readonly sorted: Tensor; readonly last: Tensor } {
  const count = index.shape[axis]!;
  const order = positionsAlong(index, axis, { count });
  const sorted = gatherRows([index], gatherLayout(index.shape, axis, order));
  const end = ones(withExtent(index.shape, axis, 1), { device: index.device });
  const last = cat([notEqual(slice(sorted, axis, 1), slice(sorted, axis, 0, count - 1)), end], axis);
  return { order, sorted, last };
}
