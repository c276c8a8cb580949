import { checkBoolean, checkTensor, normalizeDims, refuseUnknownOptions } from "../../checks/index.ts";
import { type Shape, ShapeError, showShape, sizeOf, type Tensor } from "../../core.ts";

/** Options of reductions. */
export interface ReduceOptions {
  /** Whether reduced axes stay, with extent 1. @default false */
  readonly keepDim?: boolean;
}

/** The axes that are named: one, or a list; all if none is. */
export type Dims = number | readonly number[];

/** Which axes a reduction removes, and the shapes that result. */
export interface Reduced {
  readonly dims: readonly number[];
  /** Of the result. */
  readonly shape: Shape;
  /** Of the result if reduced axes stayed: what broadcasts against the input. */
  readonly keepDimShape: Shape;
  /** How many values are reduced to one. */
  readonly count: number;
}

/** @throws IndexError naming `op` if an axis does not exist or is named twice. */
export function reduceAxes(op: string, x: Tensor, dim?: Dims, options: ReduceOptions = {}): Reduced {
  checkTensor(op, x);
  const keepDim = keepsDim(op, options);
  const dims = normalizeDims(op, dim, x.rank);
  const keepDimShape = x.shape.map((extent, axis) => (dims.includes(axis) ? 1 : extent));
  const shape = keepDim ? keepDimShape : x.shape.filter((_, axis) => !dims.includes(axis));
  return { dims, shape, keepDimShape, count: sizeOf(dims.map((axis) => x.shape[axis]!)) };
}

/** `reduceAxes` of what chooses one of the values. @throws also ShapeError naming `op` if there is none. */
export function choiceAxes(op: string, x: Tensor, dim?: Dims, options?: ReduceOptions): Reduced {
  const reduced = reduceAxes(op, x, dim, options);
  if (reduced.count > 0) return reduced;
  const axes = showShape(reduced.dims);
  throw new ShapeError(`${op}: there is no value to choose along axes ${axes} of shape ${showShape(x.shape)}`);
}

/** `keepDim`, for reductions with no other option. @throws ValueError naming `op` if another is given. */
export function keepsDim(op: string, options: ReduceOptions): boolean {
  refuseUnknownOptions(op, options, ["keepDim"]);
  const { keepDim = false } = options;
  checkBoolean(op, "keepDim", keepDim);
  return keepDim;
}
