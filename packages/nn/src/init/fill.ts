import {
  defaultGenerator,
  type Generator,
  noGrad,
  refill,
  refillNormal,
  refillUniform,
  type Tensor,
  ValueError,
} from "@tapegrad/tensor";
import {
  checkFloat,
  checkGenerator,
  checkNumber,
  showValue,
  type OptionRules,
  readOptions,
} from "@tapegrad/tensor/internal";
import { checkReal } from "../checks/check-values.ts";

/** Where random values come from. */
export interface InitOptions {
  /** @default the generator that `manualSeed` seeds */
  readonly generator?: Generator;
}

/** The rule for the option that all drawing initialisers have. */
export function generatorRule(): OptionRules<InitOptions> {
  return { generator: [defaultGenerator(), checkGenerator] };
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
  if (!(low <= high)) throw new ValueError(`uniform: low must not exceed high, got ${low} and ${high}`);
  return noGrad(() => refillUniform(checked("uniform", target), { low, high, generator }));
}

/** Draws every element from a normal distribution. @throws ValueError if `std` is negative. */
export function normal<T extends Tensor>(target: T, options: NormalOptions = {}): T {
  const { mean, std, generator } = readOptions("normal", options, { mean: [0], std: [1], ...generatorRule() });
  checkSpread("normal", mean, std);
  return noGrad(() => refillNormal(checked("normal", target), { mean, std, generator }));
}

/** Replaces the values of a tensor by those in host memory. */
export function fill<T extends Tensor>(initialiser: string, target: T, values: Float32Array): T {
  checked(initialiser, target).storage.replace(target.device.upload(values), false);
  return target;
}

function checked<T extends Tensor>(initialiser: string, target: T): T {
  checkFloat(initialiser, target, "target");
  return target;
}

/** @throws ValueError unless they are the centre and the spread of a normal distribution. */
export function checkSpread(initialiser: string, mean: number, std: number): void {
  if (Number.isFinite(mean) && Number.isFinite(std) && std >= 0) return;
  throw new ValueError(
    `${initialiser}: mean must be finite and std not negative, got ${showValue(mean)} and ${showValue(std)}`,
  );
}
