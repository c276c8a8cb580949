import type { Tensor } from "../../core.ts";
import { axisOf } from "../internal/axis-of.ts";
import { choiceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";
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
  const axis = dim === undefined ? undefined : axisOf("aminmax", x, dim);
  choiceAxes("aminmax", x, axis, options);
  return { min: amin(x, axis, options), max: amax(x, axis, options) };
}
