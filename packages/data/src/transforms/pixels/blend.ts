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

/** Sharper or smoother: 0 is the picture smoothed by its neighbours, 1 as it is. The outermost pixels stay. */
export function adjustSharpness(picture: Picture, factor: number): Picture {
  const { width, height, data } = picture;
  const row = 3 * width;
  const smooth = (byte: number): number => {
    const [x, y] = [Math.floor((byte % row) / 3), Math.floor(byte / row)];
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) return data[byte]!;
    let sum = 4 * data[byte]!;
    for (const line of [byte - row, byte, byte + row]) sum += data[line - 3]! + data[line]! + data[line + 3]!;
    return Math.floor(sum / 13 + 0.5);
  };
  return blend(picture, (_, byte) => smooth(byte), factor);
}

/**
 * `grey + factor · (picture − grey)` in float32, cut off at 0 and 255 and rounded down: `PIL.Image.blend`.
 *
 * @param grey the level to move away from, for the pixel at byte `i` and its channel at byte `c`.
 */
function blend({ width, height, data }: Picture, grey: (i: number, c: number) => number, factor: number): Picture {
  const result = blankPicture(width, height);
  const alpha = Math.fround(factor);
  for (let i = 0; i < data.length; i += 3) {
    for (let c = i; c < i + 3; c++) {
      const base = grey(i, c);
      const level = Math.fround(base + Math.fround(alpha * (data[c]! - base)));
      result.data[c] = level <= 0 ? 0 : level >= 255 ? 255 : level;
    }
  }
  return result;
}
