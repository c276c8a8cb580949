import { checkElements, checkTensor, readOptions, showValue } from "../../checks/index.ts";
import { ShapeError, showShape, type Tensor, ValueError } from "../../core.ts";
import { checkFill, place } from "./place.ts";
import { take } from "./take.ts";

/** How many entries come before and after an axis; negative ones cut off. */
export type PadAmount = readonly [before: number, after: number];

/**
 * Surrounds `x` by a value: `amounts[i]` entries before and after axis `i`. Negative amounts crop.
 *
 * @throws ValueError if `x` is int32 and `value` is not. @throws ShapeError unless there is an amount for each axis, or if more is cut off than there is.
 */
export function pad(x: Tensor, amounts: readonly PadAmount[], options: { readonly value?: number } = {}): Tensor {
  checkTensor("pad", x);
  const { value } = readOptions("pad", options, { value: [0] });
  checkFill("pad", value, x);
  if (!Array.isArray(amounts) || !amounts.every((amount) => Array.isArray(amount) && amount.length === 2))
    throw new ValueError(`pad: amounts must be a list of pairs [before, after], got ${showValue(amounts)}`);
  if (amounts.length !== x.rank) {
    throw new ShapeError(
      `pad: expected [before, after] for each of ${x.rank} axes of ${showShape(x.shape)}, got ${amounts.length}`,
    );
  }
  for (const amount of amounts.flat()) {
    if (!Number.isInteger(amount)) throw new ValueError(`pad: amounts must be integers, got ${showValue(amount)}`);
  }
  const shape = x.shape.map((extent, i) => extent + amounts[i]![0] + amounts[i]![1]);
  const cropped = x.shape.map((extent, i) => extent + Math.min(0, amounts[i]![0]) + Math.min(0, amounts[i]![1]));
  if (cropped.some((extent) => extent < 0) || shape.some((extent) => extent < 0)) {
    throw new ShapeError(`pad: ${JSON.stringify(amounts)} cuts more off than ${showShape(x.shape)} has`);
  }
  checkElements("pad", shape);
  const steps = x.shape.map(() => 1);
  const inner = amounts.every(([before, after]) => before >= 0 && after >= 0)
    ? x
    : take(x, cropped, { starts: amounts.map(([before]) => Math.max(0, -before)), steps });
  return place(inner, shape, { starts: amounts.map(([before]) => Math.max(0, before)), steps }, value);
}
