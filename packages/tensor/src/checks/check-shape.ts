import { IndexError, ShapeError } from "../errors.ts";
import { sameShape, type Shape, showShape, sizeOf } from "../tensor/shape.ts";
import { showValue } from "./show-value.ts";

/**
 * The shape that both broadcast to, by numpy's rule: axes are matched from the right, and an extent of 1 repeats.
 *
 * @throws ShapeError naming `op` and the axis that does not match.
 */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${op}: shapes ${showShape(a)} and ${showShape(b)} do not broadcast: the size of the first (${x}) must match ` +
          `the size of the second (${y}) at axis ${i}, or one of them be 1`,
      );
    }
    out[i] = x === 1 ? y : x;
  }
  return out;
}

/** A dimension index in `[0, rank)`; negative ones count from the end. A scalar accepts 0 and -1, as in torch. */
export function normalizeDim(op: string, dim: number, rank: number): number {
  const span = Math.max(rank, 1);
  if (!Number.isInteger(dim) || dim < -span || dim >= span) {
    throw new IndexError(
      `${op}: dimension ${showValue(dim)} is out of range; expected an integer in [${-span}, ${span - 1}]`,
    );
  }
  return dim < 0 ? dim + span : dim;
}

/** Dimension indices, sorted and unique; `undefined` means all. */
export function normalizeDims(op: string, dims: number | readonly number[] | undefined, rank: number): number[] {
  if (dims === undefined) return Array.from({ length: rank }, (_, i) => i);
  const named: unknown = typeof dims === "number" ? [dims] : dims;
  if (!Array.isArray(named))
    throw new IndexError(`${op}: expected a dimension or a list of them, got ${showValue(named)}`);
  const list = named.map((dim) => normalizeDim(op, dim, rank));
  const unique = new Set(list);
  if (unique.size !== list.length)
    throw new IndexError(`${op}: dimension list ${showShape(list)} names a dimension twice`);
  return [...unique].filter((dim) => dim < rank).sort((a, b) => a - b);
}

/** @throws ShapeError naming `op` unless the shape is a list of non-negative integers. */
export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) throw new ShapeError(`${op}: expected a shape such as [2, 3], got ${showValue(shape)}`);
  for (const extent of shape) {
    if (!Number.isInteger(extent) || extent < 0) {
      throw new ShapeError(`${op}: shape ${showValue(shape)} must consist of non-negative integers`);
    }
  }
  checkElements(op, shape);
}

/** @throws ShapeError naming `op`, what it expected and the shapes that came, unless they `fit`. */
export function checkFit(op: string, fit: boolean, expected: string, ...shapes: readonly Shape[]): void {
  if (!fit) throw new ShapeError(`${op}: expected ${expected}, got shape ${shapes.map(showShape).join(" and ")}`);
}

/** @throws ShapeError naming `op` and the argument unless its shape is as `expected`. */
export function checkShapeOf(op: string, name: string, shape: Shape, expected: Shape): void {
  if (!sameShape(shape, expected))
    throw new ShapeError(`${op}: expected a ${name} of shape ${showShape(expected)}, got ${showShape(shape)}`);
}

/** 4 GiB of values: all that WebAssembly can address, and the shaders of the other devices count no further. */
const MOST_ELEMENTS = 2 ** 30;

/** Called before lists as long as a result are made. @throws ShapeError naming `op` if no device could hold so many values. */
export function checkElements(op: string, shape: Shape): void {
  if (sizeOf(shape) > MOST_ELEMENTS)
    throw new ShapeError(
      `${op}: ${showShape(shape)} has more elements than the ${MOST_ELEMENTS} that a tensor can have`,
    );
}

/** What to say of `[n, h, w, c]` or `[n, l, c]` where `channels` were expected along axis 1; empty where that is not it. */
export function channelsLastHint(shape: Shape, channels: number): string {
  if (shape.at(-1) !== channels) return "";
  if (shape.length === 3) return "; sequences are [n, c, l]: if channels come last, permute(x, [0, 2, 1])";
  if (shape.length === 4) return "; pictures are [n, c, h, w]: if channels come last, permute(x, [0, 3, 1, 2])";
  return "";
}
