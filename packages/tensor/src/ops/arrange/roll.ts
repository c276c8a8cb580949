import { checkTensor, normalizeDim, showValue } from "../../checks/index.ts";
import { IndexError, type Tensor, ValueError } from "../../core.ts";
import { cat, reshape, slice } from "../basic.ts";

/**
 * Moves entries along axes by `shifts` places; those that leave at one end come in at the other.
 *
 * @param dims the axes, one for each shift; an axis that is named twice is rolled twice. Without them, `x` is rolled as if it
 *   were flat.
 * @throws IndexError if an axis does not exist. @throws ValueError unless there is an integer for each axis.
 */
export function roll(x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor {
  checkTensor("roll", x);
  const amounts = listOf(shifts, "shifts");
  if (dims === undefined) {
    if (amounts.length !== 1) throw new ValueError(`roll: without axes there is one shift, got ${amounts.length}`);
    return reshape(rollAlong(reshape(x, [x.size]), 0, amounts[0]!), x.shape);
  }
  const axes = listOf(dims, "dims");
  if (axes.length !== amounts.length || axes.length === 0)
    throw new ValueError(`roll: expected a shift for each axis, got ${amounts.length} for ${axes.length}`);
  if (x.rank === 0) throw new IndexError("roll: a scalar has no axis to roll");
  const order = axes.map((dim) => normalizeDim("roll", dim, x.rank));
  return order.reduce((rolled, axis, i) => rollAlong(rolled, axis, amounts[i]!), x);
}

function rollAlong(x: Tensor, axis: number, shift: number): Tensor {
  const extent = x.shape[axis]!;
  const start = extent === 0 ? 0 : ((-shift % extent) + extent) % extent;
  if (start === 0) return reshape(x, x.shape);
  return cat([slice(x, axis, start), slice(x, axis, 0, start)], axis);
}

function listOf(value: number | readonly number[], name: string): readonly number[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.every(Number.isInteger)) return list as readonly number[];
  throw new ValueError(`roll: ${name} must be an integer or a list of integers, got ${showValue(value)}`);
}
