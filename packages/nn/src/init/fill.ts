import { defaultGenerator, DTypeError, ValueError } from "@tapegrad/tensor";
import type { Generator, Tensor } from "@tapegrad/tensor";
import { normalCdf, normalQuantile } from "./normal-distribution.ts";

/** Where random values come from. */
export interface InitOptions {
  /** @default the generator that `manualSeed` seeds */
  readonly generator?: Generator;
}

/** Bounds of a uniform distribution. */
export interface UniformOptions extends InitOptions {
  /** @default 0 */
  readonly low?: number;
  /** @default 1 */
  readonly high?: number;
}

/** Centre and spread of a normal distribution. */
export interface NormalOptions extends InitOptions {
  /** @default 0 */
  readonly mean?: number;
  /** Standard deviation. @default 1 */
  readonly std?: number;
}

/** A normal distribution and the interval outside of which it is cut off. */
export interface TruncatedNormalOptions extends NormalOptions {
  /** @default -2 */
  readonly low?: number;
  /** @default 2 */
  readonly high?: number;
}

/** Gives every element one value. Like all initialisers: in place, not recorded; returns the tensor. */
export function constant<T extends Tensor>(target: T, value: number): T {
  return fill("constant", target, new Float32Array(target.size).fill(value));
}

/** Gives every element the value 0. */
export function zeros<T extends Tensor>(target: T): T {
  return constant(target, 0);
}

/** Gives every element the value 1. */
export function ones<T extends Tensor>(target: T): T {
  return constant(target, 1);
}

/** Draws every element uniformly from `[low, high)`. @throws ValueError if `low` exceeds `high`. */
export function uniform<T extends Tensor>(
  target: T,
  { low = 0, high = 1, generator = defaultGenerator() }: UniformOptions = {},
): T {
  if (!(low <= high)) throw new ValueError(`uniform: low must not exceed high, got ${low} and ${high}`);
  return fill(
    "uniform",
    target,
    generator.uniforms(target.size).map((value) => low + (high - low) * value),
  );
}

/** Draws every element from a normal distribution. @throws ValueError if `std` is negative. */
export function normal<T extends Tensor>(
  target: T,
  { mean = 0, std = 1, generator = defaultGenerator() }: NormalOptions = {},
): T {
  checkSpread("normal", mean, std);
  return fill(
    "normal",
    target,
    generator.normals(target.size).map((value) => mean + std * value),
  );
}

/**
 * Draws every element from a normal distribution that is cut off outside `[low, high]`: the inverse of its cumulative
 * distribution, applied to uniform values. The bounds are absolute, not in standard deviations, as in torch.
 *
 * @throws ValueError if `std` is negative or `low` exceeds `high`.
 */
export function truncatedNormal<T extends Tensor>(
  target: T,
  { mean = 0, std = 1, low = -2, high = 2, generator = defaultGenerator() }: TruncatedNormalOptions = {},
): T {
  checkSpread("truncatedNormal", mean, std);
  if (!(low <= high)) throw new ValueError(`truncatedNormal: low must not exceed high, got ${low} and ${high}`);
  const from = normalCdf((low - mean) / std);
  const to = normalCdf((high - mean) / std);
  const draw = (value: number): number => mean + std * normalQuantile(from + (to - from) * value);
  const values = generator.uniforms(target.size).map((value) => Math.min(high, Math.max(low, draw(value))));
  return fill("truncatedNormal", target, values);
}

/** Replaces the values of a tensor by those in host memory. */
export function fill<T extends Tensor>(initialiser: string, target: T, values: Float32Array): T {
  if (target.dtype !== "float32")
    throw new DTypeError(`${initialiser}: expected a float32 tensor, got ${target.dtype}`);
  target.storage.replace(target.device.upload(values), false);
  return target;
}

function checkSpread(initialiser: string, mean: number, std: number): void {
  if (Number.isFinite(mean) && std >= 0) return;
  throw new ValueError(`${initialiser}: mean must be finite and std not negative, got ${mean} and ${std}`);
}
