import { checkSameDevice } from "../../checks/check-device.ts";
import { checkIndices } from "../../checks/check-indices.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { DTypeError, ShapeError } from "../../errors.ts";
import { sameShape, showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add } from "../elementwise/add.ts";
import { addIntegers } from "../internal/add-integers.ts";
import { scatterRows } from "../internal/gather-rows.ts";
import { pad } from "../shape/pad.ts";
import { reshape } from "../shape/reshape.ts";
import { asList, checkGather, gatherLayout } from "./gather.ts";

/**
 * `x`, with `source[i][j][k]` added at `[index[i][j][k]][j][k]` for `dim` 0, and so on: the adjoint of `gather`.
 *
 * Several values may go to one place; they are added in order, the same on every run. A scalar counts as a list of one, as in
 * torch.
 *
 * @throws ShapeError if the shapes do not fit. @throws IndexError if an index or the axis does not exist.
 * @throws DTypeError if the dtypes of `x` and `source` differ, or `index` is not int32.
 */
export function scatterAdd(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  checkTensor("scatterAdd", x);
  checkTensor("scatterAdd", source, "source");
  if (source.dtype !== x.dtype)
    throw new DTypeError(`scatterAdd: x is ${x.dtype}, but source ${source.dtype}; convert one with cast`);
  checkTensor("scatterAdd", index, "index");
  checkSameDevice("scatterAdd", [x, index, source]);
  if (x.rank === 0 || index.rank === 0 || source.rank === 0)
    return reshape(scatterAdd(asList(x), dim, asList(index), asList(source)), x.shape);
  const { axis, region } = checkGather("scatterAdd", x, dim, index);
  if (!sameShape(source.shape, index.shape)) {
    throw new ShapeError(`scatterAdd: source has shape ${showShape(source.shape)}, index ${showShape(index.shape)}`);
  }
  checkIndices("scatterAdd", index, x.shape[axis]!);
  const sums = (x.dtype === "int32" ? addIntegers : scatterRows)(source, gatherLayout(region, axis, index));
  return add(
    x,
    sameShape(region, x.shape)
      ? sums
      : pad(
          sums,
          region.map((extent, i) => [0, x.shape[i]! - extent]),
        ),
  );
}
