import { checkInteger } from "../../checks/index.ts";
import { IndexError, showShape, type Tensor } from "../../core.ts";
import { slice } from "../basic.ts";
import { axisOf } from "../internal/axis-of.ts";

/**
 * The `length` entries from `start` on along an axis. A negative `start` counts from the end. A dense copy.
 *
 * @throws IndexError if `x` is a scalar, the axis does not exist, or it has no such entries.
 * @throws ValueError unless `start` and `length` are integers.
 */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const axis = axisOf("narrow", x, dim, "to narrow");
  checkInteger("narrow", "start", start);
  checkInteger("narrow", "length", length, 0);
  const extent = x.shape[axis]!;
  const first = start < 0 ? start + extent : start;
  if (first < 0 || first + length > extent)
    throw new IndexError(
      `narrow: there are no ${length} entries from ${start} on along axis ${axis} of ${showShape(x.shape)}`,
    );
  return slice(x, axis, first, first + length);
}
