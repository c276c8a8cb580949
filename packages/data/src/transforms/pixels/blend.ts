import { blankPicture, type Picture } from "../../pictures/picture.ts";
import { luma } from "../grayscale.ts";

/** Brighter or darker: 0 is black, 1 the picture as it is. */
export function adjustBrightness(picture: Picture, factor: number): Picture {
  return blend(picture, () => 0, factor);
}

/** More or less contrast: 0 is the mean grey, 1 the picture as it is. */
export function adjustContrast(picture: Picture, factor: number): Picture {
  let total = 0;
  for (let i = 0; i < picture.data.length; i += 3) total += luma(picture.data, i);
  const mean = Math.floor(total / (picture.width * picture.height) + 0.5);
  return blend(picture, () => mean, factor);
}

/** Stronger or weaker colours: 0 is grey, 1 the picture as it is. */
export function adjustSaturation(picture: Picture, factor: number): Picture {
  return blend(picture, (i) => luma(picture.data, i), factor);
}

/**
 * `grey + factor · (picture − grey)` in float32, cut off at 0 and 255 and rounded down: `PIL.Image.blend`.
 *
 * @param grey the level to move away from, for the pixel at byte `i`.
 */
function blend({ width, height, data }: Picture, grey: (i: number) => number, factor: number): Picture {
  const result = blankPicture(width, height);
  const alpha = Math.fround(factor);
  for (let i = 0; i < data.length; i += 3) {
    const base = grey(i);
    for (let c = i; c < i + 3; c++) {
      const level = Math.fround(base + Math.fround(alpha * (data[c]! - base)));
      result.data[c] = level <= 0 ? 0 : level >= 255 ? 255 : level;
    }
  }
  return result;
}
