import { showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";

/** One number for both, or height and width, in torchvision's order. */
export type Size = number | readonly [height: number, width: number];

/** @throws ValueError naming `op` unless the size is one or two positive integers. */
export function checkSize(op: string, size: Size): void {
  const sides = typeof size === "number" ? [size] : size;
  const valid =
    Array.isArray(sides) &&
    (typeof size === "number" || sides.length === 2) &&
    sides.every((side) => Number.isInteger(side) && side > 0);
  if (!valid) throw new ValueError(`${op}: size must be a positive integer or [height, width], got ${showValue(size)}`);
}

/** Height and width of a size. */
export function sides(size: Size): readonly [height: number, width: number] {
  return typeof size === "number" ? [size, size] : size;
}
