import { type OptionCheck, showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import type { Generator } from "@tapegrad/tensor/random";

/** Two numbers between which chance chooses. */
export type Range = readonly [low: number, high: number];

/** Checks that an option is [low, high] within bounds that it may reach, or above `least` and at most `most`. */
export function rangeWithin(least: number, most: number, bounds: "closed" | "above" = "closed"): OptionCheck {
  return (op, name, value) => {
    if (isRange(value) && (bounds === "above" ? value[0] > least : value[0] >= least) && value[1] <= most) return;
    const end = most === Infinity ? "" : ` and at most ${most}`;
    const where = bounds === "above" ? `above ${least}${end}` : `within [${least}, ${most}]`;
    throw new ValueError(`${op}: ${name} must be [low, high] ${where}, got ${showValue(value)}`);
  };
}

/** A number `x` stands for −x to x. @throws ValueError naming `op` unless it is a finite number of at least 0, or [low, high]. */
export function angleRange(op: string, name: string, value: number | Range): Range {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return [-value, value];
  if (isRange(value)) return value;
  throw new ValueError(
    `${op}: ${name} must be a number of degrees of at least 0, or [low, high], got ${showValue(value)}`,
  );
}

/** A number of the range, all with equal chance. */
export function between([low, high]: Range, generator: Generator): number {
  return low + (high - low) * generator.next();
}

function isRange(value: unknown): value is Range {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] <= value[1];
}
