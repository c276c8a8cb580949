import { checkFit, checkInteger, checkTensor, normalizeDim, showValue } from "../../checks/index.ts";
import { showShape, type Tensor, ValueError } from "../../core.ts";
import { reshape, transpose } from "../basic.ts";
import { flip } from "../shape/flip.ts";

/**
 * Turns the plane of two axes by 90 degrees, `k` times, from the first axis towards the second. A dense copy.
 *
 * @param k how often; negative numbers turn the other way. @default 1 @param dims the two axes. @default [0, 1]
 * @throws ShapeError if `x` has fewer axes than two. @throws ValueError unless there are two different ones. @throws IndexError if one
 *   does not exist.
 */
export function rot90(x: Tensor, k = 1, dims: readonly [number, number] = [0, 1]): Tensor {
  checkTensor("rot90", x);
  checkInteger("rot90", "k", k);
  if (!Array.isArray(dims) || dims.length !== 2)
    throw new ValueError(`rot90: dims must be two axes, got ${showValue(dims)}`);
  checkFit("rot90", x.rank >= 2, "at least two axes", x.shape);
  const [from, to] = dims.map((dim: number) => normalizeDim("rot90", dim, x.rank)) as [number, number];
  if (from === to) throw new ValueError(`rot90: dims must be two different axes, got ${showShape(dims)}`);
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return reshape(x, x.shape);
  if (turns === 2) return flip(x, [from, to]);
  return turns === 1 ? transpose(flip(x, to), from, to) : flip(transpose(x, from, to), to);
}
