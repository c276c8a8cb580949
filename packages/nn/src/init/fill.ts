import { noGrad, refill, refillNormal, refillUniform, type Tensor } from "@tapegrad/tensor";
import { checkNumber, readOptions } from "@tapegrad/tensor/internal";
import { checkReal } from "../checks/check-values.ts";
import { checkBounds, checked, checkSpread, generatorRule, type InitOptions } from "./initialisers.ts";

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

/** Gives every element one value. Like all initialisers: in place, not recorded; returns the tensor. */
export function constant<T extends Tensor>(target: T, value: number): T {
  checkNumber("constant", "value", value);
  return noGrad(() => refill(checked("constant", target), value));
}

/** Gives every element the value 0. */
export function zeros<T extends Tensor>(target: T): T {
  return noGrad(() => refill(checked("zeros", target), 0));
}

/** Gives every element the value 1. */
export function ones<T extends Tensor>(target: T): T {
  return noGrad(() => refill(checked("ones", target), 1));
}

/** Draws every element uniformly from `[low, high)`. @throws ValueError if `low` exceeds `high`. */
export function uniform<T extends Tensor>(target: T, options: UniformOptions = {}): T {
  const { low, high, generator } = readOptions("uniform", options, {
    low: [0, checkReal],
    high: [1, checkReal],
    ...generatorRule(),
  });
  checkBounds("uniform", low, high);
  return noGrad(() => refillUniform(checked("uniform", target), { low, high, generator }));
}

/** Draws every element from a normal distribution. @throws ValueError if `std` is negative. */
export function normal<T extends Tensor>(target: T, options: NormalOptions = {}): T {
  const { mean, std, generator } = readOptions("normal", options, { mean: [0], std: [1], ...generatorRule() });
  checkSpread("normal", mean, std);
  return noGrad(() => refillNormal(checked("normal", target), { mean, std, generator }));
}
