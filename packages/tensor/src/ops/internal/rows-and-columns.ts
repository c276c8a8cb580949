import { showValue } from "../../checks/show-value.ts";
import { ValueError } from "../../errors.ts";
import type { Pair } from "../../kernels/conv2d/geometry.ts";

/** The same for rows and columns, or one for each. */
export type RowsAndColumns = number | readonly [rows: number, columns: number];

/**
 * Both numbers of a pair.
 *
 * @throws ValueError, naming `op` and the option, unless both are integers and at least `least`.
 */
export function rowsAndColumns(op: string, name: string, value: RowsAndColumns, least: 0 | 1): Pair {
  const pair: readonly number[] = typeof value === "number" ? [value, value] : value;
  if (
    !Array.isArray(pair) ||
    pair.length !== 2 ||
    !pair.every((extent) => Number.isInteger(extent) && extent >= least)
  ) {
    const kind = least === 0 ? "a non-negative integer" : "a positive integer";
    throw new ValueError(`${op}: ${name} must be ${kind} or a pair of them, got ${showValue(value)}`);
  }
  return [pair[0]!, pair[1]!];
}
