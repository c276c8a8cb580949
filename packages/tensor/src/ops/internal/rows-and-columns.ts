import { showValue } from "../../checks/index.ts";
import { ValueError } from "../../core.ts";
import type { Pair } from "../../kernels/conv2d/geometry.ts";

/** The same for rows and columns, or one for each. */
export type RowsAndColumns = number | readonly [rows: number, columns: number];

/**
 * One number for each of one or two axes: a number serves for all alike.
 *
 * @throws ValueError, naming `op` and the option, unless these are integers and at least `least`.
 */
export function asExtents(
  op: string,
  name: string,
  value: number | readonly number[],
  axes: number,
  least: number,
): readonly number[] {
  const extents = typeof value === "number" ? [value, value].slice(0, axes) : value;
  if (
    Array.isArray(extents) &&
    extents.length === axes &&
    extents.every((extent) => Number.isInteger(extent) && extent >= least)
  )
    return extents;
  const kind = least === 0 ? "a non-negative integer" : "a positive integer";
  throw new ValueError(
    `${op}: ${name} must be ${kind}${axes === 1 ? "" : " or a pair of them"}, got ${showValue(value)}`,
  );
}

/** Both numbers of a pair. @throws ValueError as `asExtents`. */
export function rowsAndColumns(op: string, name: string, value: RowsAndColumns, least: number): Pair {
  const [rows, columns] = asExtents(op, name, value, 2, least);
  return [rows!, columns!];
}
