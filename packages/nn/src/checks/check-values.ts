import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";

/** @throws ValueError naming the layer and the option unless it is a number; infinite ones are, NaN is not. */
export function checkReal(layer: string, name: string, value: unknown): asserts value is number {
  if (typeof value !== "number" || Number.isNaN(value))
    throw new ValueError(`${layer}: ${name} must be a number, got ${showValue(value)}`);
}

/** @throws ValueError naming the layer and the option unless it is a number of at least 0; infinity is. */
export function checkNonNegativeReal(layer: string, name: string, value: unknown): void {
  checkReal(layer, name, value);
  if (value < 0) throw new ValueError(`${layer}: ${name} must not be negative, got ${value}`);
}

/** @throws ValueError naming the layer and the option unless it is a number above 0. */
export function checkPositive(layer: string, name: string, value: unknown): void {
  checkReal(layer, name, value);
  if (!(value > 0)) throw new ValueError(`${layer}: ${name} must be positive, got ${value}`);
}

/** @throws ValueError naming the layer and the option unless it is a finite exponent other than 0. */
export function checkPower(layer: string, name: string, value: unknown): void {
  if (!Number.isFinite(value) || value === 0)
    throw new ValueError(`${layer}: ${name} must be a finite number other than 0, got ${showValue(value)}`);
}
