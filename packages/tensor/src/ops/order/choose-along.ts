import type { Shape, Tensor } from "../../core.ts";
import { asList } from "../indexing/gather.ts";
import { axisOf } from "../internal/axis-of.ts";
import { choiceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";

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
  const { shape, count } = choiceAxes(op, x, axis, options);
  return { list: asList(x), axis, count, shape };
}
