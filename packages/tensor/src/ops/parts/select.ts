import { showValue } from "../../checks/index.ts";
import { IndexError, showShape, type Tensor } from "../../core.ts";
import { slice, squeeze } from "../basic.ts";
import { axisOf } from "../internal/axis-of.ts";

/**
 * The entry at one position of an axis, which the result lacks. A negative position counts from the end. A dense copy.
 *
 * Shape: `[2, 3, 4]` becomes `[2, 4]` along axis 1.
 *
 * @throws IndexError if `x` is a scalar, or the axis or the position does not exist.
 */
export function select(x: Tensor, dim: number, index: number): Tensor {
  const axis = axisOf("select", x, dim, "to select from");
  const extent = x.shape[axis]!;
  if (!Number.isInteger(index) || index < -extent || index >= extent)
    throw new IndexError(
      `select: position ${showValue(index)} is out of range for axis ${axis} of shape ${showShape(x.shape)}`,
    );
  const position = index < 0 ? index + extent : index;
  return squeeze(slice(x, axis, position, position + 1), axis);
}
