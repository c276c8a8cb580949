import { ShapeError } from "../../errors.ts";
import { type Shape, showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { asList } from "../indexing/gather.ts";
import { axisOf } from "../internal/axis-of.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";

/** An axis from which one entry is chosen. */
interface Choice {
  /** The tensor; a scalar as a list of one. */
  readonly list: Tensor;
  readonly axis: number;
  /** How many entries there are; at least one. */
  readonly count: number;
  /** Of the result. */
  readonly shape: Shape;
}

/** @throws ShapeError or IndexError naming `op` if there is nothing to choose from along the axis, or no such axis. */
export function chooseAlong(op: string, x: Tensor, dim: number, options: ReduceOptions): Choice {
  const axis = axisOf(op, x, dim);
  const { shape, count } = reduceAxes(op, x, axis, options);
  if (count === 0)
    throw new ShapeError(
      `${op}: expected axis ${axis} to have entries; there is no value to choose in shape ${showShape(x.shape)}`,
    );
  return { list: asList(x), axis, count, shape };
}
