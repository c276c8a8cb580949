import { checkElements, checkFit, checkOperands } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { mul, unsqueeze } from "../basic.ts";

/**
 * The products of each entry of a list with each of another.
 *
 * Shape: `[n]` and `[m]` give `[n, m]`.
 *
 * @throws ShapeError unless both are lists.
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  checkOperands("outer", { a, b });
  checkFit("outer", a.rank === 1 && b.rank === 1, "two lists", a.shape, b.shape);
  checkElements("outer", [a.size, b.size]);
  return mul(unsqueeze(a, 1), b);
}
