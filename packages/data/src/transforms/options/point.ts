import { showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";

/** A place in a picture, in pixels from its upper left corner. */
export type Point = readonly [x: number, y: number];

/** @throws ValueError naming `op` unless the value is a point, or null. */
export function checkCenter(op: string, name: string, value: unknown): void {
  if (value === null || (Array.isArray(value) && value.length === 2 && value.every(Number.isFinite))) return;
  throw new ValueError(`${op}: ${name} must be [x, y] in pixels, or null, got ${showValue(value)}`);
}
