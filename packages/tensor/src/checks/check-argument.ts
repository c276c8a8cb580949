import { ValueError } from "../errors.ts";
import { showValue } from "./show-value.ts";

// TypeScript refuses most of this before it runs; plain JavaScript finds out here, where the mistake was made.

/** @throws ValueError naming `op` and the argument unless it is a number; NaN and infinities are. */
export function checkNumber(op: string, name: string, value: unknown): asserts value is number {
  if (typeof value !== "number") throw new ValueError(`${op}: ${name} must be a number, got ${showValue(value)}`);
}

/** @throws ValueError naming `op` and the argument unless it is a finite number. */
export function checkFinite(op: string, name: string, value: unknown): void {
  if (!Number.isFinite(value)) throw new ValueError(`${op}: ${name} must be a finite number, got ${showValue(value)}`);
}

/** @throws ValueError naming `op` and the argument unless it is a finite number of at least 0. */
export function checkNotNegative(op: string, name: string, value: unknown): void {
  checkNumber(op, name, value);
  if (!(Number.isFinite(value) && value >= 0))
    throw new ValueError(`${op}: ${name} must be a finite number, not negative, got ${showValue(value)}`);
}

/** @throws ValueError naming `op` and the argument unless it lies in [0, 1]. */
export function checkProbability(op: string, name: string, value: unknown): void {
  if (!(typeof value === "number" && value >= 0 && value <= 1))
    throw new ValueError(`${op}: ${name} must lie in [0, 1], got ${showValue(value)}`);
}

/** @throws ValueError naming `op` and the argument unless it is an integer of at least `least`. */
export function checkInteger(op: string, name: string, value: unknown, least: number = -Infinity): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= least) return;
  const kind = least === 1 ? "a positive integer" : least === 0 ? "a non-negative integer" : "an integer";
  throw new ValueError(`${op}: ${name} must be ${kind}, got ${showValue(value)}`);
}

/** @throws ValueError naming `op` and the argument unless it is true or false. */
export function checkBoolean(op: string, name: string, value: unknown): void {
  if (typeof value !== "boolean") throw new ValueError(`${op}: ${name} must be true or false, got ${showValue(value)}`);
}

/** @throws ValueError naming `op` and the argument unless it is a function. */
export function checkFunction(op: string, name: string, value: unknown): void {
  if (typeof value !== "function") throw new ValueError(`${op}: ${name} must be a function, got ${showValue(value)}`);
}

/** @throws ValueError naming `op` and the argument unless it is text. */
export function checkString(op: string, name: string, value: unknown): asserts value is string {
  if (typeof value !== "string") throw new ValueError(`${op}: ${name} must be a string, got ${showValue(value)}`);
}

/** @throws ValueError naming `op` unless it is what a `Generator` can begin with: a finite number or text. */
export function checkSeed(op: string, name: string, seed: unknown): void {
  if (typeof seed !== "string" && !Number.isFinite(seed))
    throw new ValueError(`${op}: ${name} must be a finite number or a string, got ${showValue(seed)}`);
}
