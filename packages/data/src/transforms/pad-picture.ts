import { ValueError } from "@tapegrad/tensor/errors";
import { blankPicture, type Picture } from "../pictures/picture.ts";

/** What the new pixels show: one colour, the nearest pixel, or the picture mirrored without and with its edge. */
export type PaddingMode = "constant" | "edge" | "reflect" | "symmetric";

/** Pixels to add on each side. */
export interface Margins {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A level from 0 to 255 for all channels, or one for each. */
export type Fill = number | readonly [red: number, green: number, blue: number];

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
  const colour = typeof fill === "number" ? [fill, fill, fill] : fill;
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
