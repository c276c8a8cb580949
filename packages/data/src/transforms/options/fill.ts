import { showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";

/** A level from 0 to 255 for all channels, or one for each. */
export type Fill = number | readonly [red: number, green: number, blue: number];

/** The three levels of a fill. */
export function colourOf(fill: Fill): readonly [red: number, green: number, blue: number] {
  return typeof fill === "number" ? [fill, fill, fill] : fill;
}

/** @throws ValueError naming `op` unless the value is a fill. */
export function checkFill(op: string, name: string, value: unknown): void {
  const levels: unknown = typeof value === "number" ? [value, value, value] : value;
  const valid =
    Array.isArray(levels) &&
    levels.length === 3 &&
    levels.every((level) => Number.isInteger(level) && level >= 0 && level <= 255);
  if (!valid) throw new ValueError(`${op}: ${name} must be a level from 0 to 255, or three, got ${showValue(value)}`);
}
