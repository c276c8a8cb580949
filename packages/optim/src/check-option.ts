import { ValueError } from "@tapegrad/tensor";

/** @throws ValueError unless the option is a finite number that is not negative. */
export function checkNotNegative(optimizer: string, name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) {
    throw new ValueError(`${optimizer}: ${name} must be a finite number, not negative, got ${value}`);
  }
}

/** @throws ValueError unless the option lies in [0, 1). */
export function checkDecay(optimizer: string, name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new ValueError(`${optimizer}: ${name} must lie in [0, 1), got ${value}`);
}
