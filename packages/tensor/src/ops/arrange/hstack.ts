import { checkSameDevice } from "../../checks/check-device.ts";
import { checkTensors } from "../../checks/check-tensor.ts";
import { ShapeError } from "../../errors.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { cat } from "../shape/cat.ts";
import { reshape } from "../shape/reshape.ts";

/** Joins tensors along their second axis, or lists along their only one. @throws ShapeError if there are none, or other extents differ. */
export function hstack(tensors: readonly Tensor[]): Tensor {
  const rank = checkList("hstack", tensors);
  return joined(
    "hstack",
    tensors.map((each) => atLeast(each, 1)),
    Math.max(rank, 1) === 1 ? 0 : 1,
  );
}

/** Joins tensors along their first axis; lists become rows. @throws ShapeError if there are none, or other extents differ. */
export function vstack(tensors: readonly Tensor[]): Tensor {
  checkList("vstack", tensors);
  return joined(
    "vstack",
    tensors.map((each) => atLeast(each, 2)),
    0,
  );
}

/**
 * Joins tensors along their third axis; matrices and lists `[n]` get one, `[1, n, 1]`. @throws ShapeError if there are none, or other
 *   extents differ.
 */
export function dstack(tensors: readonly Tensor[]): Tensor {
  checkList("dstack", tensors);
  return joined(
    "dstack",
    tensors.map((each) => atLeast(each, 3)),
    2,
  );
}

/** Joins lists as columns, and matrices along their second axis. @throws ShapeError if there are none, or other extents differ. */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  checkList("columnStack", tensors);
  return joined(
    "columnStack",
    tensors.map((each) => (each.rank < 2 ? reshape(each, [each.size, 1]) : each)),
    1,
  );
}

function checkList(op: string, tensors: readonly Tensor[]): number {
  checkTensors(op, tensors);
  checkSameDevice(op, tensors);
  if (tensors.length === 0) throw new ShapeError(`${op}: expected at least one tensor, got none`);
  return tensors[0]!.rank;
}

/** With axes of extent 1 until there are so many. */
function atLeast(x: Tensor, rank: number): Tensor {
  if (x.rank >= rank) return x;
  if (x.rank === 2) return reshape(x, [...x.shape, 1]);
  return reshape(x, rank === 1 ? [x.size] : rank === 2 ? [1, x.size] : [1, x.size, 1]);
}

function joined(op: string, tensors: readonly Tensor[], axis: number): Tensor {
  const [{ shape }] = tensors as readonly [Tensor];
  const odd = tensors.find(
    (each) => each.rank !== shape.length || each.shape.some((extent, i) => i !== axis && extent !== shape[i]),
  );
  if (odd !== undefined)
    throw new ShapeError(`${op}: shapes ${showShape(shape)} and ${showShape(odd.shape)} differ beside axis ${axis}`);
  return cat(tensors, axis);
}
