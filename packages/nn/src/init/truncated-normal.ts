import type { Tensor } from "@tapegrad/tensor";
import { checkFloat, readOptions } from "@tapegrad/tensor/internal";
import { uniforms } from "@tapegrad/tensor/random";
import { checkReal } from "../checks/check-values.ts";
import type { NormalOptions } from "./fill.ts";
import { checkBounds, checkSpread, generatorRule, setValues } from "./initialisers.ts";
import { normalCdf, normalQuantile } from "./normal-distribution.ts";

/** A normal distribution and the interval outside of which it is cut off. */
export interface TruncatedNormalOptions extends NormalOptions {
  /** @default -2 */
  readonly low?: number;
  /** @default 2 */
  readonly high?: number;
}

/**
 * Draws every element from a normal distribution that is cut off outside `[low, high]`: the inverse of its cumulative
 * distribution, applied to uniform values. The bounds are absolute, not in standard deviations, as in torch.
 *
 * @throws ValueError if `std` is negative or `low` exceeds `high`.
 */
export function truncatedNormal<T extends Tensor>(target: T, options: TruncatedNormalOptions = {}): T {
  checkFloat("truncatedNormal", target, "target");
  const { mean, std, low, high, generator } = readOptions("truncatedNormal", options, {
    mean: [0],
    std: [1],
    low: [-2, checkReal],
    high: [2, checkReal],
    ...generatorRule(),
  });
  checkSpread("truncatedNormal", mean, std);
  checkBounds("truncatedNormal", low, high);
  const from = normalCdf((low - mean) / std);
  const to = normalCdf((high - mean) / std);
  const draw = (value: number): number => mean + std * normalQuantile(from + (to - from) * value);
  const values = uniforms(generator, target.size).map((value) => Math.min(high, Math.max(low, draw(value))));
  return setValues("truncatedNormal", target, values);
}
