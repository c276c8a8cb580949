import { checkTensor } from "../check-tensor.ts";
import { ShapeError } from "../errors.ts";
import { showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { maskedBy } from "./dropout.ts";
import type { DropoutOptions } from "./dropout.ts";

/**
 * Drops whole channels: one draw for each picture and channel; see `dropout`.
 *
 * Shape: `[n, c, h, w]` or `[c, h, w]` → the same.
 *
 * @throws ShapeError if `x` has other than three or four axes. @throws ValueError if `p` is not in [0, 1].
 */
export function dropout2d(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  checkTensor("dropout2d", x);
  if (x.rank !== 3 && x.rank !== 4)
    throw new ShapeError(`dropout2d: expected [n, c, h, w] or [c, h, w], got ${showShape(x.shape)}`);
  return maskedBy("dropout2d", x, p, [...x.shape.slice(0, -2), 1, 1], options);
}
