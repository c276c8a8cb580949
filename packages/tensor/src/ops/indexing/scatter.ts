import { checkNumber } from "../../checks/check-argument.ts";
import { checkSameDevice } from "../../checks/check-device.ts";
import { checkIndices } from "../../checks/check-indices.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { DTypeError, ShapeError } from "../../errors.ts";
import { ones } from "../../tensor/create.ts";
import { showShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { notEqual } from "../comparison/not-equal.ts";
import { where } from "../comparison/where.ts";
import { cast } from "../copy/cast.ts";
import { add } from "../elementwise/add.ts";
import { mul } from "../elementwise/mul.ts";
import { sub } from "../elementwise/sub.ts";
import type { Num } from "../internal/define-binary.ts";
import { gatherRows, scatterRows } from "../internal/gather-rows.ts";
import { positionsAlong } from "../internal/order-along.ts";
import { cat } from "../shape/cat.ts";
import { pad } from "../shape/pad.ts";
import { checkFill, take } from "../shape/place.ts";
import { reshape } from "../shape/reshape.ts";
import { slice } from "../shape/slice.ts";
import { asList, checkGather, gatherLayout } from "./gather.ts";

const HALF = 2 ** 12;

/**
 * `x`, with `source[i][j][k]` in place of what stands at `[index[i][j][k]][j][k]` for `dim` 0, and so on.
 *
 * Of several values that go to one place, the last stays, and takes the gradient; torch leaves open which. A scalar counts as a
 * list of one.
 *
 * Shape: `index` int32, of the rank of `x`, nowhere larger beside `dim`, and nowhere larger than `source`.
 *
 * @param source a tensor, or a number for all places.
 * @throws ShapeError if the shapes do not fit. @throws IndexError if an index or the axis does not exist.
 * @throws DTypeError if the dtypes of `x` and `source` differ. @throws ValueError if `x` is int32 and the number is not.
 */
export function scatter(x: Tensor, dim: number, index: Tensor, source: Num): Tensor {
  checkTensor("scatter", x);
  checkTensor("scatter", index, "index");
  if (source instanceof Tensor) {
    checkSameDevice("scatter", [x, index, source]);
    if (source.dtype !== x.dtype)
      throw new DTypeError(`scatter: x is ${x.dtype}, but source ${source.dtype}; convert one with cast`);
  } else {
    checkNumber("scatter", "source", source);
    checkFill("scatter", source, x);
    checkSameDevice("scatter", [x, index]);
  }
  if (x.rank === 0) {
    const values = source instanceof Tensor ? asList(source) : source;
    return reshape(scatter(asList(x), dim, asList(index), values), []);
  }
  const { axis, region } = checkGather("scatter", x, dim, index);
  if (
    source instanceof Tensor &&
    (source.rank !== x.rank || index.shape.some((extent, i) => extent > source.shape[i]!))
  )
    throw new ShapeError(
      `scatter: index shape ${showShape(index.shape)} must not exceed that of source, ${showShape(source.shape)}`,
    );
  checkIndices("scatter", index, x.shape[axis]!);
  if (index.size === 0) return reshape(x, x.shape);
  const spread = (values: Tensor): Tensor =>
    pad(
      values,
      region.map((extent, i) => [0, x.shape[i]! - extent]),
    );
  const to = (places: Tensor, values: Tensor): Tensor => scatterRows(values, gatherLayout(region, axis, places));
  if (!(source instanceof Tensor)) return where(spread(to(index, ones(index.shape, { device: x.device }))), source, x);
  // In the order of their places, the last of those that go to one place is the one before another place.
  const count = index.shape[axis]!;
  const order = positionsAlong(index, axis, { count });
  const sorted = gatherRows(index, gatherLayout(index.shape, axis, order));
  const end = index.shape.map((extent, i) => (i === axis ? 1 : extent));
  const last = cat(
    [notEqual(slice(sorted, axis, 1), slice(sorted, axis, 0, count - 1)), ones(end, { device: x.device })],
    axis,
  );
  const moved = (positions: Tensor): Tensor => cast(to(sorted, mul(last, cast(positions, "float32"))), "int32");
  // Larger positions than float32 tells apart move in two halves.
  const inHalves = (): Tensor => {
    const high = cast(mul(order, 1 / HALF), "int32");
    return add(mul(moved(high), HALF), moved(sub(order, mul(high, HALF))));
  };
  const from = count > 2 ** 24 ? inHalves() : moved(order);
  const reach = region.map((extent, i) => (i === axis ? source.shape[i]! : extent));
  const values = take(source, reach, { starts: reach.map(() => 0), steps: reach.map(() => 1) });
  return where(spread(to(sorted, last)), spread(gatherRows(values, gatherLayout(reach, axis, from))), x);
}
