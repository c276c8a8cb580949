import { checkElements, showValue } from "../../checks/index.ts";
import { type Tensor, ValueError } from "../../core.ts";
import { slice } from "../basic.ts";
import { axisOf } from "../internal/axis-of.ts";

/**
 * Parts of an axis, one after another: as many as a number says, the first ones larger by one where they cannot be equal; or those that
 * begin at 0 and at each position of a list. Dense copies.
 *
 * @param dim the axis. @default 0
 * @throws IndexError if `x` is a scalar, or the axis does not exist. @throws ValueError unless there is a positive integer or a list of
 *   integers.
 */
export function tensorSplit(x: Tensor, sections: number | readonly number[], dim = 0): Tensor[] {
  const axis = axisOf("tensorSplit", x, dim, "to split");
  const extent = x.shape[axis]!;
  const named: readonly unknown[] = Array.isArray(sections) ? sections : [sections];
  if (!named.every(Number.isInteger) || (typeof sections === "number" && sections < 1))
    throw new ValueError(`tensorSplit: expected a positive integer, or a list of integers, got ${showValue(sections)}`);
  if (typeof sections !== "number")
    return [0, ...sections].map((start, i) => slice(x, axis, start, i < sections.length ? sections[i] : Infinity));
  checkElements("tensorSplit", [sections]);
  const [size, larger] = [Math.floor(extent / sections), extent % sections];
  const start = (i: number): number => i * size + Math.min(i, larger);
  return Array.from({ length: sections }, (_, i) => slice(x, axis, start(i), start(i + 1)));
}
