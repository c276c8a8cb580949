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
  const result = blankPicture(width, height);
  const alpha = Math.fround(factor);
  for (let i = 0; i < data.length; i++) result.data[i] = blended(smooth(i), data[i]!, alpha);
  return result;
}

/** @param grey the level to move away from, for the pixel at byte `i`. */
function blend({ width, height, data }: Picture, grey: (i: number) => number, factor: number): Picture {
  const result = blankPicture(width, height);
  const alpha = Math.fround(factor);
  for (let i = 0; i < data.length; i += 3) {
    const base = grey(i);
    for (let c = i; c < i + 3; c++) result.data[c] = blended(base, data[c]!, alpha);
  }
  return result;
}

/** `base + alpha · (from − base)` in float32, cut off at 0 and 255; bytes round it down: `PIL.Image.blend`. */
function blended(base: number, from: number, alpha: number): number {
  const level = Math.fround(base + Math.fround(alpha * (from - base)));
  return level <= 0 ? 0 : level >= 255 ? 255 : level;
}
