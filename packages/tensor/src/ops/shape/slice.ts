import { checkInteger, showValue } from "../../checks/index.ts";
import { type Tensor, ValueError, withExtent } from "../../core.ts";
import { axisOf } from "../internal/axis-of.ts";
import { take } from "./take.ts";

/**
 * Entries `start`, `start + step`, … up to but excluding `end`, along one axis.
 *
 * Negative positions count from the end, and positions outside are clamped, as in Python. A dense copy.
 *
 * @throws IndexError if `dim` does not exist.
 * @throws ValueError if `step` is not a positive integer, or a position not an integer.
 */
export function slice(x: Tensor, dim: number, start: number, end: number = Infinity, step = 1): Tensor {
  const axis = axisOf("slice", x, dim, "to slice");
  checkInteger("slice", "step", step, 1);
  const extent = x.shape[axis]!;
  const first = position(start, extent);
  const count = Math.max(0, Math.ceil((position(end, extent) - first) / step));
  const along = <T>(value: T, other: T): T[] => x.shape.map((_, i) => (i === axis ? value : other));
  return take(x, withExtent(x.shape, axis, count), { starts: along(first, 0), steps: along(step, 1) });
}

function position(at: number, extent: number): number {
  if (at === Infinity || at === -Infinity) return at > 0 ? extent : 0;
  if (!Number.isInteger(at)) throw new ValueError(`slice: positions must be integers, got ${showValue(at)}`);
  return Math.min(Math.max(at < 0 ? at + extent : at, 0), extent);
}
