import { checkTensor, normalizeDim, showValue } from "../../checks/index.ts";
import { IndexError, ShapeError, type Tensor } from "../../core.ts";
import { permute } from "../basic.ts";

/**
 * Moves the axes `source` to the places `destination`; the others keep their order. A dense copy.
 *
 * Shape: `[2, 3, 4]` becomes `[3, 4, 2]` with `movedim(x, 0, -1)`.
 *
 * @throws ShapeError unless there are as many places as axes, each named once. @throws IndexError if one does not exist.
 */
export function movedim(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  checkTensor("movedim", x);
  const [from, to] = [axesOf(x, source), axesOf(x, destination)];
  if (from.length !== to.length) throw new ShapeError(`movedim: ${from.length} axes cannot go to ${to.length} places`);
  if (x.rank === 0) return permute(x, []);
  const order: number[] = [];
  from.forEach((axis, i) => (order[to[i]!] = axis));
  const others = x.shape.flatMap((_, axis) => (from.includes(axis) ? [] : [axis]));
  for (let i = 0; i < x.rank; i++) order[i] ??= others.shift()!;
  return permute(x, order);
}

function axesOf(x: Tensor, dims: number | readonly number[]): number[] {
  const named: unknown = typeof dims === "number" ? [dims] : dims;
  if (!Array.isArray(named))
    throw new IndexError(`movedim: expected an axis or a list of them, got ${showValue(dims)}`);
  const axes = named.map((dim: number) => normalizeDim("movedim", dim, x.rank));
  if (new Set(axes).size !== axes.length) throw new ShapeError(`movedim: ${showValue(dims)} names an axis twice`);
  return axes;
}
