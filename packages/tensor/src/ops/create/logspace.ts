import { checkFinite, refuseUnknownOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import type { CreateOptions } from "../../tensor/create.ts";
import { spaced } from "./linspace.ts";

/** Options of `logspace`. */
export interface LogspaceOptions extends CreateOptions {
  /** @default 10 */
  readonly base?: number;
}

/**
 * `steps` powers of `base`, with exponents from `start` to `end`, both included, at equal distances. int32 rounds the bounds and
 * the values towards zero.
 *
 * @throws ValueError unless the bounds are finite and `steps` is a non-negative integer.
 */
export function logspace(start: number, end: number, steps: number, options: LogspaceOptions = {}): Tensor {
  refuseUnknownOptions("logspace", options, ["base", "dtype", "requiresGrad", "device"]);
  const { base = 10, ...made } = options;
  checkFinite("logspace", "base", base);
  return spaced("logspace", start, end, steps, made, (exponent) => base ** exponent);
}
