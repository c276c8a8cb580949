import {
  checkElements,
  checkOneDType,
  checkOperands,
  normalizeDim,
  readOptions,
  showValue,
} from "../../checks/index.ts";
import { ShapeError, showShape, sizeOf, type Tensor, ValueError } from "../../core.ts";
import { mul, permute, reshape } from "../basic.ts";
import { matmul } from "./matmul.ts";

/** Options of `tensordot`. */
export interface TensordotOptions {
  /**
   * Over which axes products are summed: so many last ones of `a` and first ones of `b`, or a list of axes of `a` and one of `b`, of which
   * each two belong together. @default 2
   */
  readonly dims?: number | readonly [a: readonly number[], b: readonly number[]];
}

/**
 * Products of all entries, summed over axes of both.
 *
 * Shape: the remaining axes of `a`, then those of `b`.
 *
 * @throws ShapeError if the axes do not fit each other. @throws IndexError if one does not exist. @throws DTypeError if the dtypes differ.
 */
export function tensordot(a: Tensor, b: Tensor, options: TensordotOptions = {}): Tensor {
  checkOperands("tensordot", { a, b });
  checkOneDType("tensordot", [a, b]);
  const { dims } = readOptions<TensordotOptions>("tensordot", options, { dims: [2] });
  return contracted("tensordot", a, b, ...axesOf(a, b, dims));
}

/**
 * Products summed over the last axis of both, as `torch.inner`; a scalar multiplies.
 *
 * Shape: `[…, k]` and `[…, k]` give the axes before of both, in turn.
 *
 * @throws ShapeError if the last axes differ. @throws DTypeError if the dtypes differ.
 */
export function inner(a: Tensor, b: Tensor): Tensor {
  checkOperands("inner", { a, b });
  if (a.rank === 0 || b.rank === 0) return mul(a, b);
  checkOneDType("inner", [a, b]);
  return contracted("inner", a, b, [a.rank - 1], [b.rank - 1]);
}

/** Sums of products over axes of `a` and `b` that belong together, by one product of matrices. */
function contracted(op: string, a: Tensor, b: Tensor, left: readonly number[], right: readonly number[]): Tensor {
  if (left.some((axis, i) => a.shape[axis] !== b.shape[right[i]!]))
    throw new ShapeError(
      `${op}: axes ${showShape(left)} of ${showShape(a.shape)} and ${showShape(right)} of ${showShape(b.shape)} differ in extent`,
    );
  const rest = (x: Tensor, axes: readonly number[]): number[] =>
    x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const [rows, columns] = [rest(a, left), rest(b, right)];
  const extents = (x: Tensor, axes: readonly number[]): number[] => axes.map((axis) => x.shape[axis]!);
  const shape = [...extents(a, rows), ...extents(b, columns)];
  checkElements(op, shape);
  const count = sizeOf(extents(a, left));
  const x = reshape(permute(a, [...rows, ...left]), [sizeOf(extents(a, rows)), count]);
  const y = reshape(permute(b, [...right, ...columns]), [count, sizeOf(extents(b, columns))]);
  return reshape(matmul(x, y), shape);
}

function axesOf(
  a: Tensor,
  b: Tensor,
  dims: number | readonly [readonly number[], readonly number[]],
): [left: readonly number[], right: readonly number[]] {
  if (typeof dims === "number") {
    if (!Number.isInteger(dims) || dims < 0 || dims > Math.min(a.rank, b.rank))
      throw new ValueError(
        `tensordot: dims must be a number of axes that both ${showShape(a.shape)} and ${showShape(b.shape)} have, got ${showValue(dims)}`,
      );
    const axes = Array.from({ length: dims }, (_, i) => i);
    return [axes.map((i) => a.rank - dims + i), axes];
  }
  const lists: readonly unknown[] = dims;
  if (!Array.isArray(lists) || lists.length !== 2 || !lists.every(Array.isArray) || dims[0].length !== dims[1].length)
    throw new ValueError(`tensordot: dims must be a number or two lists of as many axes, got ${showValue(dims)}`);
  const normal = (x: Tensor, list: readonly number[]): number[] => {
    const axes = list.map((dim) => normalizeDim("tensordot", dim, x.rank));
    if (new Set(axes).size !== axes.length || (x.rank === 0 && axes.length > 0))
      throw new ShapeError(`tensordot: axes ${showShape(list)} of ${showShape(x.shape)} must be there, each once`);
    return axes;
  };
  return [normal(a, dims[0]), normal(b, dims[1])];
}
