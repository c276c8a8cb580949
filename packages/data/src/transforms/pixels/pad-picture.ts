import { oneOf, type OptionCheck, showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import { blankPicture, type Picture } from "../../pictures/picture.ts";
import { colourOf, type Fill } from "../options/fill.ts";

/** What the new pixels show: one colour, the nearest pixel, or the picture mirrored without and with its edge. */
export type PaddingMode = "constant" | "edge" | "reflect" | "symmetric";

export const checkPaddingMode: OptionCheck = oneOf("constant", "edge", "reflect", "symmetric");

/** Pixels to add on each side. */
export interface Margins {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Pixels to add to all sides, to `[left and right, top and bottom]`, or to `[left, top, right, bottom]`. */
export type Padding = number | readonly [number, number] | readonly [number, number, number, number];

/** @throws ValueError naming `op` unless the value is a padding. */
export function checkPadding(op: string, name: string, value: unknown): void {
  const sizes: unknown = typeof value === "number" ? [value, value] : value;
  const valid =
    Array.isArray(sizes) &&
    (sizes.length === 2 || sizes.length === 4) &&
    sizes.every((each) => Number.isInteger(each) && each >= 0);
  if (!valid) throw new ValueError(`${op}: ${name} must be 1, 2 or 4 integers of at least 0, got ${showValue(value)}`);
}

export function marginsOf(padding: Padding): Margins {
  const [left, top, right = left, bottom = top] = typeof padding === "number" ? ([padding, padding] as const) : padding;
  return { left, top, right, bottom };
}

/**
 * Enlarges a picture on its four sides.
 *
 * @throws ValueError if the picture is too small to be mirrored so far.
 */
export function padPicture(
  picture: Picture,
  { left, top, right, bottom }: Margins,
  mode: PaddingMode,
  fill: Fill,
): Picture {
  const { width, height, data } = picture;
  const padded = blankPicture(width + left + right, height + top + bottom);
  const colour = colourOf(fill);
  const columns = sourceIndices(mode, width, left, right);
  const rows = sourceIndices(mode, height, top, bottom);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * width + column) * 3;
      const outside = row < 0 || column < 0;
      for (let c = 0; c < 3; c++) padded.data[to++] = outside ? colour[c]! : data[from + c]!;
    }
  }
  return padded;
}

/** For each new column (or row), the old one that it shows; −1 for none. */
function sourceIndices(mode: PaddingMode, length: number, before: number, after: number): readonly number[] {
  const most = mode === "reflect" ? length - 1 : mode === "symmetric" ? length : Infinity;
  if (Math.max(before, after) > most)
    throw new ValueError(`padding ${mode}: ${length} pixels cannot be mirrored ${Math.max(before, after)} pixels far`);
  return Array.from({ length: before + length + after }, (_, i) => {
    const at = i - before;
    if (at >= 0 && at < length) return at;
    if (mode === "constant") return -1;
    if (mode === "edge") return at < 0 ? 0 : length - 1;
    const edge = mode === "symmetric" ? 1 : 0;
    return at < 0 ? -at - edge : 2 * (length - 1) - at + edge;
  });
}
