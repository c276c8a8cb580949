import type { Tensor } from "../tensor.ts";
import { amin } from "./amin.ts";
import { argmin } from "./argmin.ts";
import { gather } from "./gather.ts";
import type { ValuesAndIndices } from "./max.ts";
import type { ReduceOptions } from "./reduce-axes.ts";
import { squeeze } from "./squeeze.ts";

/**
 * The smallest value of all; ties share the gradient evenly. Or, with `dim`, the smallest values along that axis and their
 * positions; there the first of several takes the whole gradient. NaN wins.
 *
 * @throws ShapeError if there is nothing to choose from. @throws IndexError if the axis does not exist.
 */
export function min(x: Tensor): Tensor;
export function min(x: Tensor, dim: number, options?: ReduceOptions): ValuesAndIndices;
export function min(x: Tensor, dim?: number, { keepDim = false }: ReduceOptions = {}): Tensor | ValuesAndIndices {
  if (dim === undefined) return amin(x);
  const indices = argmin(x, dim, { keepDim: true });
  const values = x.rank === 0 ? x : gather(x, dim, indices);
  return keepDim ? { values, indices } : { values: squeeze(values, dim), indices: squeeze(indices, dim) };
}
