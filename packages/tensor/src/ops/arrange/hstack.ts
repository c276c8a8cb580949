import { checkOperandList } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { reshape } from "../basic.ts";
import { catFor } from "../shape/cat.ts";

/** Joins tensors along their second axis, or lists along their only one. @throws ShapeError if there are none, or other extents differ. */
export function hstack(tensors: readonly Tensor[]): Tensor {
  return joined("hstack", tensors, (each) => atLeast(each, 1), 1);
}

/** Joins tensors along their first axis; lists become rows. @throws ShapeError if there are none, or other extents differ. */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return joined("vstack", tensors, (each) => atLeast(each, 2), 0);
}

/**
 * Joins tensors along their third axis; matrices and lists `[n]` get one, `[1, n, 1]`. @throws ShapeError if there are none, or other
 *   extents differ.
 */
export function dstack(tensors: readonly Tensor[]): Tensor {
  return joined("dstack", tensors, (each) => atLeast(each, 3), 2);
}

/** Joins lists as columns, and matrices along their second axis. @throws ShapeError if there are none, or other extents differ. */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  return joined("columnStack", tensors, (each) => (each.rank < 2 ? reshape(each, [each.size, 1]) : each), 1);
}

/** With axes of extent 1 until there are so many. */
function atLeast(x: Tensor, rank: number): Tensor {
  if (x.rank >= rank) return x;
  if (x.rank === 2) return reshape(x, [...x.shape, 1]);
  return reshape(x, rank === 1 ? [x.size] : rank === 2 ? [1, x.size] : [1, x.size, 1]);
}

/** Along axis `dim` of what `shaped` makes of each, or of lists along their only one. */
function joined(op: string, tensors: readonly Tensor[], shaped: (each: Tensor) => Tensor, dim: number): Tensor {
  checkOperandList(op, tensors);
  const parts = tensors.map(shaped);
  return catFor(op, parts, Math.min(dim, parts[0]!.rank - 1));
}
