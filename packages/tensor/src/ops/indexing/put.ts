import { checkBoolean, checkDTypeOf, checkIndices, checkOperands, readOptions } from "../../checks/index.ts";
import { ShapeError, type Tensor } from "../../core.ts";
import { add, less, reshape, where } from "../basic.ts";
import { indexAdd } from "./index-add.ts";
import type { IndexPutOptions } from "./index-put.ts";
import { scatter } from "./scatter.ts";

/**
 * `x`, with the values of `source` at positions of `x` as if it were flat. Of several values that go to one place, the last stays, and takes
 * the gradient, or with `accumulate` all are added. Negative positions count from the end.
 *
 * @throws ShapeError unless there are as many values as positions. @throws IndexError if a position does not exist.
 * @throws DTypeError if the dtypes of `x` and `source` differ, or `index` is not int32.
 */
export function put(x: Tensor, index: Tensor, source: Tensor, options: IndexPutOptions = {}): Tensor {
  checkOperands("put", { x, index, source });
  const { accumulate } = readOptions("put", options, { accumulate: [false, checkBoolean] });
  checkDTypeOf("put", x, "source", source);
  if (source.size !== index.size)
    throw new ShapeError(`put: expected as many values as positions, got ${source.size} for ${index.size}`);
  const positions = where(less(index, 0), add(index, x.size), index);
  checkIndices("put", positions, x.size);
  const [flat, places, values] = [x, positions, source].map((each) => reshape(each, [each.size])) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return reshape(accumulate ? indexAdd(flat, 0, places, values) : scatter(flat, 0, places, values), x.shape);
}
