import { checkElements, checkFit, checkOneDType, checkOperandList, oneOf, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { broadcastTo, reshape } from "../basic.ts";

/** Options of `meshgrid`. */
export interface MeshgridOptions {
  /** Which axis belongs to the first list: the first, or as numpy has it by default, the second. @default "ij" */
  readonly indexing?: "ij" | "xy";
}

/**
 * The coordinates of a grid: result `i` holds list `i` along axis `i`, repeated along all others. Dense copies.
 *
 * Shape: lists of 2 and 3 make two tensors `[2, 3]`, or `[3, 2]` with `"xy"`. A scalar counts as a list of one.
 *
 * @throws ShapeError if there are no lists, or one has more than one axis. @throws DTypeError if their dtypes differ.
 */
export function meshgrid(lists: readonly Tensor[], options: MeshgridOptions = {}): Tensor[] {
  checkOperandList("meshgrid", lists, "lists", "list");
  const { indexing } = readOptions("meshgrid", options, { indexing: ["ij", oneOf("ij", "xy")] });
  for (const { shape } of lists) checkFit("meshgrid", shape.length <= 1, "lists", shape);
  checkOneDType("meshgrid", lists, "lists");
  const axisOf = (i: number): number => (indexing === "xy" && lists.length > 1 && i < 2 ? 1 - i : i);
  const shape = lists.map((_, axis) => lists[axisOf(axis)]!.size);
  checkElements("meshgrid", shape);
  return lists.map((list, i) => {
    const along = shape.map((_, axis) => (axis === axisOf(i) ? list.size : 1));
    return broadcastTo(reshape(list, along), shape);
  });
}
