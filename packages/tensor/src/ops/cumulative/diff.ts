import { checkDTypeOf, checkSameDevice, checkTensor, integerFrom, readOptions } from "../../checks/index.ts";
import { ShapeError, showShape, type Tensor } from "../../core.ts";
import { cat, reshape, slice, sub } from "../basic.ts";
import { axisOf } from "../internal/axis-of.ts";

/** Options of `diff`. */
export interface DiffOptions {
  /** How often differences are taken. @default 1 */
  readonly n?: number;
  /** The axis. @default -1 */
  readonly dim?: number;
  /** What is set before `x` first, or null. @default null */
  readonly prepend?: Tensor | null;
  /** What is set behind `x` first, or null. @default null */
  readonly append?: Tensor | null;
}

/**
 * Each entry along an axis less the one before: `x[k + 1] − x[k]`. With `n` 0, `x` alone.
 *
 * Shape: one entry less along the axis, each of `n` times, down to none.
 *
 * @throws IndexError if `x` is a scalar, or the axis does not exist. @throws ShapeError if what is set before or behind does not fit.
 * @throws DTypeError if the dtypes differ.
 */
export function diff(x: Tensor, options: DiffOptions = {}): Tensor {
  const { n, dim, prepend, append } = readOptions<DiffOptions>("diff", options, {
    n: [1, integerFrom(0)],
    dim: [-1],
    prepend: [null],
    append: [null],
  });
  const axis = axisOf("diff", x, dim, "to take differences along");
  const parts = [x];
  for (const [name, part] of Object.entries({ prepend, append })) {
    if (part === null) continue;
    checkTensor("diff", part, name);
    checkSameDevice("diff", [x, part]);
    checkDTypeOf("diff", x, name, part);
    if (part.rank !== x.rank || part.shape.some((extent, i) => i !== axis && extent !== x.shape[i]))
      throw new ShapeError(
        `diff: shapes ${showShape(x.shape)} and ${showShape(part.shape)} of ${name} differ beside axis ${axis}`,
      );
    if (name === "prepend") parts.unshift(part);
    else parts.push(part);
  }
  if (n === 0) return reshape(x, x.shape);
  let left = parts.length === 1 ? x : cat(parts, axis);
  for (let i = 0; i < n && left.shape[axis]! > 0; i++) left = sub(slice(left, axis, 1), slice(left, axis, 0, -1));
  return left;
}
