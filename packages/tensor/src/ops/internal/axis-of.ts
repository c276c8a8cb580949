import { checkTensor, normalizeDim } from "../../checks/index.ts";
import { IndexError, type Tensor } from "../../core.ts";

/**
 * The axis `dim` of a tensor, counted from the front. A scalar counts as a list of one, or, where a `purpose` is named, has no axis.
 *
 * @param purpose what the axis is for, as `"to split"`.
 * @throws ValueError or IndexError naming `op` if `x` is no tensor, or the axis does not exist.
 */
export function axisOf(op: string, x: Tensor, dim: number, purpose?: string): number {
  checkTensor(op, x);
  if (x.rank === 0 && purpose !== undefined) throw new IndexError(`${op}: a scalar has no axis ${purpose}`);
  return normalizeDim(op, dim, x.rank);
}
