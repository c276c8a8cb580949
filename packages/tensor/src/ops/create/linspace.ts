import { checkElements, checkFinite, checkInteger } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { createOptions, type CreateOptions, tensor } from "../../tensor/create.ts";

/**
 * `steps` values from `start` to `end`, both included, at equal distances. int32 rounds the bounds and the values towards zero.
 *
 * @throws ValueError unless the bounds are finite and `steps` is a non-negative integer.
 */
export function linspace(start: number, end: number, steps: number, options: CreateOptions = {}): Tensor {
  return spaced("linspace", start, end, steps, options, (value) => value);
}

/** What `linspace` and `logspace` have in common: `map` of values at equal distances. */
export function spaced(
  op: string,
  start: number,
  end: number,
  steps: number,
  options: CreateOptions,
  map: (value: number) => number,
): Tensor {
  checkFinite(op, "start", start);
  checkFinite(op, "end", end);
  checkInteger(op, "steps", steps, 0);
  checkElements(op, [steps]);
  const made = createOptions(op, options);
  const whole = made.dtype === "int32";
  const [first, last] = whole ? [Math.trunc(start), Math.trunc(end)] : [start, end];
  const step = (last - first) / (steps - 1);
  // From the nearer end, as in torch, so that the last value is the end itself.
  const values = Float64Array.from({ length: steps }, (_, i) =>
    map(i < steps / 2 ? first + i * step : last - (steps - 1 - i) * step),
  );
  if (steps === 1) values[0] = map(first);
  return tensor(whole ? values.map(Math.trunc) : values, made);
}
