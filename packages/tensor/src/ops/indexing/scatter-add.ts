import { checkDTypeOf, checkIndices, checkOperands, checkShapeOf } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { add, reshape } from "../basic.ts";
import { addRows } from "../internal/add-rows.ts";
import { asList, checkGather, gatherLayout } from "./gather.ts";
import { spreadTo } from "./scatter-places.ts";

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
  checkOperands("scatterAdd", { x, index, source });
  checkDTypeOf("scatterAdd", x, "source", source);
  if (x.rank === 0 || index.rank === 0 || source.rank === 0)
    return reshape(scatterAdd(asList(x), dim, asList(index), asList(source)), x.shape);
  const { axis, region } = checkGather("scatterAdd", x, dim, index);
  checkShapeOf("scatterAdd", "source", source.shape, index.shape);
  checkIndices("scatterAdd", index, x.shape[axis]!);
  return add(x, spreadTo(addRows(source, gatherLayout(region, axis, index)), x.shape));
}
