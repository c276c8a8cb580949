import { blankPicture, type Picture } from "../../pictures/picture.ts";
import { padPicture } from "./pad-picture.ts";

/**
 * A picture blurred by a Gaussian kernel of odd width and height, mirrored at its edges, as torchvision's `gaussian_blur`: levels are
 * rounded to the nearest.
 *
 * @throws ValueError if the picture is too small to be mirrored so far.
 */
export function blurPicture(picture: Picture, across: number, down: number, sigma: number): Picture {
  const { width, height } = picture;
  const [left, top] = [across >> 1, down >> 1];
  const padded = padPicture(picture, { left, right: left, top, bottom: top }, "reflect", 0);
  const rows = new Float64Array(padded.data);
  const blurred = blankPicture(width, height);
  const line = padded.width * 3;
  const middle = along(rows, width * 3, padded.height, line, 3, gaussian(across, sigma));
  const levels = along(middle, width * 3, height, width * 3, width * 3, gaussian(down, sigma));
  levels.forEach((level, i) => (blurred.data[i] = Math.round(level)));
  return blurred;
}

/** For each value, the weighted sum of those that follow it `step` apart. */
function along(
  values: Float64Array,
  width: number,
  height: number,
  line: number,
  step: number,
  weights: readonly number[],
): Float64Array {
  const sums = new Float64Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      let sum = 0;
      for (let k = 0, from = y * line + x; k < weights.length; k++, from += step) sum += weights[k]! * values[from]!;
      sums[to] = sum;
    }
  }
  return sums;
}

function gaussian(length: number, sigma: number): readonly number[] {
  const exact = Array.from({ length }, (_, i) => Math.exp(-0.5 * ((i - (length - 1) / 2) / sigma) ** 2));
  const total = exact.reduce((sum, each) => sum + each, 0);
  return exact.map((each) => each / total);
}
