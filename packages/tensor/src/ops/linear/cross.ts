import { checkFit, normalizeDim } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { roll } from "../arrange/roll.ts";
import { broadcastTo, mul, sub } from "../basic.ts";
import { broadcastOperands } from "../internal/broadcast-operands.ts";

/**
 * The cross products of vectors of three entries along an axis; broadcast.
 *
 * @param dim the axis, of extent 3. @default -1
 * @throws ShapeError if the shapes do not fit. @throws IndexError if the axis does not exist.
 */
export function cross(a: Tensor, b: Tensor, dim = -1): Tensor {
  const shape = broadcastOperands("cross", { a, b });
  const axis = normalizeDim("cross", dim, shape.length);
  const [x, y] = [broadcastTo(a, shape), broadcastTo(b, shape)];
  const fit = a.rank === b.rank && a.shape[axis] === 3 && b.shape[axis] === 3;
  checkFit("cross", fit, `vectors of 3 entries along axis ${axis}`, a.shape, b.shape);
  const next = (v: Tensor, places: number): Tensor => roll(v, -places, axis);
  return sub(mul(next(x, 1), next(y, 2)), mul(next(x, 2), next(y, 1)));
}
