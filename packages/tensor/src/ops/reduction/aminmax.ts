import { checkTensor, normalizeDim } from "../../checks/index.ts";
import { ShapeError } from "../../errors.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
import { amax } from "./amax.ts";
import { amin } from "./amin.ts";

/** The smallest and the largest values. */
export interface MinAndMax {
  readonly min: Tensor;
  readonly max: Tensor;
}

/**
 * `amin` and `amax` at once, of all values or along an axis. NaN wins; ties share the gradient evenly.
 *
 * @throws ShapeError if there is nothing to choose from. @throws IndexError if the axis does not exist.
 */
export function aminmax(x: Tensor, dim?: number, options?: ReduceOptions): MinAndMax {
  checkTensor("aminmax", x);
  const axis = dim === undefined ? undefined : normalizeDim("aminmax", dim, x.rank);
  const { count, dims } = reduceAxes("aminmax", x, axis, options);
  if (count === 0)
    throw new ShapeError(
      `aminmax: there is no value to choose along axes ${showShape(dims)} of shape ${showShape(x.shape)}`,
    );
  return { min: amin(x, axis, options), max: amax(x, axis, options) };
}
