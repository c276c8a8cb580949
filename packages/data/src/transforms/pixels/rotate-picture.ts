import { blankPicture, type Picture } from "../../pictures/picture.ts";
import type { Fill } from "../options/fill.ts";
import type { Point } from "../options/point.ts";
import { type AffineMatrix, type WarpInterpolation, warpPicture } from "./warp-picture.ts";

/** How a picture is turned. */
export interface Turning {
  readonly interpolation: WarpInterpolation;
  /** Whether the result is as large as the turned picture takes. */
  readonly expand: boolean;
  /** What stays where it is; null is the middle. */
  readonly center: Point | null;
  readonly fill: Fill;
}

/** A picture turned counter-clockwise by an angle in degrees: `PIL.Image.rotate`. */
export function rotatePicture(picture: Picture, degrees: number, turning: Turning): Picture {
  const { interpolation, expand, center, fill } = turning;
  const { width, height } = picture;
  const angle = degrees % 360 < 0 ? (degrees % 360) + 360 : degrees % 360;
  if (center === null) {
    if (angle === 0) return picture;
    if (angle === 180 || ((angle === 90 || angle === 270) && (expand || width === height)))
      return quarterTurns(picture, angle / 90);
  }
  const radians = -(angle * (Math.PI / 180));
  const [cos, sin] = [round15(Math.cos(radians)), round15(Math.sin(radians))];
  const [x, y] = center ?? [width / 2, height / 2];
  let matrix: AffineMatrix = [cos, sin, 0, round15(-Math.sin(radians)), cos, 0];
  const [shiftX, shiftY] = map(matrix, -x, -y);
  matrix = [matrix[0], matrix[1], shiftX + x, matrix[3], matrix[4], shiftY + y];
  if (!expand) return warpPicture(picture, width, height, matrix, interpolation, fill);
  const corners = [map(matrix, 0, 0), map(matrix, width, 0), map(matrix, width, height), map(matrix, 0, height)];
  const [wide, high] = [0, 1].map((axis) => {
    const along = corners.map((corner) => corner[axis]!);
    return Math.ceil(Math.max(...along)) - Math.floor(Math.min(...along));
  }) as [number, number];
  const [c, f] = map(matrix, -(wide - width) / 2, -(high - height) / 2);
  return warpPicture(picture, wide, high, [matrix[0], matrix[1], c, matrix[3], matrix[4], f], interpolation, fill);
}

/** Python's `round(x, 15)`. */
function round15(x: number): number {
  return Number(x.toFixed(15));
}

function map([a, b, c, d, e, f]: AffineMatrix, x: number, y: number): Point {
  return [a * x + b * y + c, d * x + e * y + f];
}

/** Turned counter-clockwise by 90 degrees, `count` times, pixel for pixel. */
function quarterTurns(picture: Picture, count: number): Picture {
  if (count === 0) return picture;
  const { width, height, data } = picture;
  const turned = blankPicture(height, width);
  for (let y = 0, to = 0; y < width; y++) {
    for (let x = 0; x < height; x++, to += 3) {
      const from = (x * width + width - 1 - y) * 3;
      turned.data[to] = data[from]!;
      turned.data[to + 1] = data[from + 1]!;
      turned.data[to + 2] = data[from + 2]!;
    }
  }
  return quarterTurns(turned, count - 1);
}
