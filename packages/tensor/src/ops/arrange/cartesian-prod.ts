import { checkElements, checkFit, checkOneDType, checkOperandList } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { reshape } from "../basic.ts";
import { meshgrid } from "../create/meshgrid.ts";
import { stack } from "../shape/stack.ts";

/**
 * All combinations of an entry of each list, the last list's running fastest.
 *
 * Shape: lists of 2 and 3 make `[6, 2]`; one list stays.
 *
 * @throws ShapeError if there are none, or one is no list. @throws DTypeError if their dtypes differ.
 */
export function cartesianProd(lists: readonly Tensor[]): Tensor {
  checkOperandList("cartesianProd", lists, "lists", "list");
  const [first] = lists as readonly [Tensor];
  for (const { shape } of lists) checkFit("cartesianProd", shape.length === 1, "lists", shape);
  checkOneDType("cartesianProd", lists, "lists");
  if (lists.length === 1) return reshape(first, first.shape);
  checkElements("cartesianProd", [lists.length, ...lists.map(({ size }) => size)]);
  return stack(
    meshgrid(lists).map((grid) => reshape(grid, [grid.size])),
    1,
  );
}
