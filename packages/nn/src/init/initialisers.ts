import { defaultGenerator, type Generator, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkFloat, checkGenerator, type OptionRules, showValue } from "@tapegrad/tensor/internal";

/** Where random values come from. */
export interface InitOptions {
  /** @default the generator that `manualSeed` seeds */
  readonly generator?: Generator;
}

/** The rule for the option that all drawing initialisers have. */
export function generatorRule(): OptionRules<InitOptions> {
  return { generator: [defaultGenerator(), checkGenerator] };
}

/** Replaces the values of a tensor by those in host memory. */
export function setValues<T extends Tensor>(initialiser: string, target: T, values: Float32Array): T {
  checked(initialiser, target).storage.replace(target.device.upload(values), false);
  return target;
}

/** The target itself. @throws ValueError or DTypeError unless it is a float32 tensor. */
export function checked<T extends Tensor>(initialiser: string, target: T): T {
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

/** @throws ValueError unless they are the bounds of an interval. */
export function checkBounds(initialiser: string, low: number, high: number): void {
  if (!(low <= high)) throw new ValueError(`${initialiser}: low must not exceed high, got ${low} and ${high}`);
}
