import { checkShape, checkTensor } from "../../checks/index.ts";
import type { Shape, Tensor } from "../../core.ts";
import { repeated } from "./repeat.ts";

/**
 * `repeat`, where fewer repeats than axes stand for the last axes, as numpy's `tile`.
 *
 * @throws ShapeError unless `repeats` are non-negative integers.
 */
export function tile(x: Tensor, repeats: Shape): Tensor {
  checkTensor("tile", x);
  checkShape("tile", repeats);
  const missing = Math.max(0, x.rank - repeats.length);
  return repeated("tile", x, [...Array.from({ length: missing }, () => 1), ...repeats]);
}
