import { checkElements, checkTensor, normalizeDim, showValue } from "../../checks/index.ts";
import { IndexError, ShapeError, showShape, type Tensor, ValueError, withExtent } from "../../core.ts";
import { tensor } from "../../tensor/create.ts";
import { indexSelect, reshape } from "../basic.ts";

/**
 * Each entry along an axis, several times in a row: `repeats` times, or as often as a list says of each.
 *
 * The counts are numbers on the host, for the result's shape depends on them; torch takes a tensor of them.
 *
 * @param dim the axis; without it, `x` is flattened first.
 * @throws ValueError unless the counts are non-negative integers. @throws ShapeError unless there is one for each entry.
 * @throws IndexError if the axis does not exist.
 */
export function repeatInterleave(x: Tensor, repeats: number | readonly number[], dim?: number): Tensor {
  checkTensor("repeatInterleave", x);
  if (x.rank === 0 && dim !== undefined)
    throw new IndexError("repeatInterleave: a scalar has no axis along which to repeat; leave dim out");
  const list = dim === undefined ? reshape(x, [x.size]) : x;
  const axis = dim === undefined ? 0 : normalizeDim("repeatInterleave", dim, x.rank);
  const extent = list.shape[axis]!;
  const counts: readonly unknown[] = Array.isArray(repeats) ? repeats : [repeats];
  if (!counts.every((count): count is number => Number.isInteger(count) && (count as number) >= 0))
    throw new ValueError(
      `repeatInterleave: expected a non-negative integer, or a list of such, got ${showValue(repeats)}`,
    );
  if (counts.length !== 1 && counts.length !== extent)
    throw new ShapeError(
      `repeatInterleave: expected a count for each of ${extent} entries along axis ${axis} of ${showShape(list.shape)}, got ${counts.length}`,
    );
  const each = (i: number): number => counts[counts.length === 1 ? 0 : i]!;
  let total = 0;
  for (let i = 0; i < extent; i++) total += each(i);
  checkElements("repeatInterleave", withExtent(list.shape, axis, total));
  const positions = new Int32Array(total);
  let next = 0;
  for (let i = 0; i < extent; i++) positions.fill(i, next, (next += each(i)));
  return indexSelect(list, axis, tensor(positions, { device: x.device }));
}
