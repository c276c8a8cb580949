import { oneOf, type OptionCheck } from "@tapegrad/tensor/arguments";
import { blankPicture, type Picture } from "../../pictures/picture.ts";
import { colourOf, type Fill } from "../options/fill.ts";

/** `[a, b, c, d, e, f]`: what is at `(x, y)` comes from `(a·x + b·y + c, d·x + e·y + f)`. */
export type AffineMatrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** How a pixel is found that lies between others. */
export type WarpInterpolation = "nearest" | "bilinear" | "bicubic";

export const checkInterpolation: OptionCheck = oneOf("nearest", "bilinear", "bicubic");

/**
 * A picture whose pixels come from elsewhere in another, with Pillow's arithmetic to the bit; `fill` is where that lies outside.
 *
 * @see https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Geometry.c
 */
export function warpPicture(
  picture: Picture,
  width: number,
  height: number,
  matrix: AffineMatrix,
  interpolation: WarpInterpolation,
  fill: Fill,
): Picture {
  const result = blankPicture(width, height);
  const colour = colourOf(fill);
  for (let i = 0; i < result.data.length; i++) result.data[i] = colour[i % 3]!;
  if (interpolation === "bilinear") interpolate(picture, result, matrix, bilinear);
  else if (interpolation === "bicubic") interpolate(picture, result, matrix, bicubic);
  else if (fitsFixedPoint(matrix, width, height)) copyFixed(picture, result, matrix);
  else copyFloating(picture, result, matrix);
  return result;
}

/** Pillow shears and turns in 16.16 fixed point where that reaches, and scales in floating point. */
function fitsFixedPoint([a, b, c, d, e, f]: AffineMatrix, width: number, height: number): boolean {
  if (b === 0 && d === 0) return false;
  return [0, width].every((x) =>
    [0, height].every((y) => Math.abs(x * a + y * b + c) < 32768 && Math.abs(x * d + y * e + f) < 32768),
  );
}

function copyFixed(from: Picture, to: Picture, [a, b, c, d, e, f]: AffineMatrix): void {
  const fix = (value: number): number => Math.floor(value * 65536 + 0.5);
  const [stepX, stepY] = [fix(a), fix(d)];
  let rowX = fix(c + a * 0.5 + b * 0.5);
  let rowY = fix(f + d * 0.5 + e * 0.5);
  for (let y = 0, at = 0; y < to.height; y++, rowX += fix(b), rowY += fix(e)) {
    let [x, line] = [rowX, rowY];
    for (let column = 0; column < to.width; column++, at += 3, x += stepX, line += stepY)
      copyPixel(from, x >> 16, line >> 16, to, at);
  }
}

/** Positions are summed up step by step, as Pillow does, to round alike. */
function copyFloating(from: Picture, to: Picture, [a, b, c, d, e, f]: AffineMatrix): void {
  let rowX = c + b * 0.5 + a * 0.5;
  let rowY = f + e * 0.5 + d * 0.5;
  for (let y = 0, at = 0; y < to.height; y++, rowX += b, rowY += e) {
    let [x, line] = [rowX, rowY];
    for (let column = 0; column < to.width; column++, at += 3, x += a, line += d)
      copyPixel(from, Math.floor(x), Math.floor(line), to, at);
  }
}

function copyPixel(from: Picture, x: number, y: number, to: Picture, at: number): void {
  if (x < 0 || x >= from.width || y < 0 || y >= from.height) return;
  const source = (y * from.width + x) * 3;
  to.data[at] = from.data[source]!;
  to.data[at + 1] = from.data[source + 1]!;
  to.data[at + 2] = from.data[source + 2]!;
}

/** Writes the pixel at byte `at` from around `(x, y)`, where 0 is the middle of the first pixel. */
type Sampler = (from: Picture, x: number, y: number, to: Picture, at: number) => void;

function interpolate(from: Picture, to: Picture, [a, b, c, d, e, f]: AffineMatrix, sample: Sampler): void {
  for (let row = 0, at = 0; row < to.height; row++) {
    for (let column = 0; column < to.width; column++, at += 3) {
      const x = a * (column + 0.5) + b * (row + 0.5) + c;
      const y = d * (column + 0.5) + e * (row + 0.5) + f;
      if (x >= 0 && x < from.width && y >= 0 && y < from.height) sample(from, x - 0.5, y - 0.5, to, at);
    }
  }
}

const bilinear: Sampler = ({ width, height, data }, x, y, to, at) => {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const dx = x - left;
  const dy = y - top;
  const x0 = clip(left, width);
  const x1 = clip(left + 1, width);
  const row = clip(top, height) * width;
  const next = clip(top + 1, height) * width;
  for (let c = 0; c < 3; c++) {
    const before = data[(row + x0) * 3 + c]!;
    const upper = before + (data[(row + x1) * 3 + c]! - before) * dx;
    const beforeNext = data[(next + x0) * 3 + c]!;
    const lower = beforeNext + (data[(next + x1) * 3 + c]! - beforeNext) * dx;
    to.data[at + c] = upper + (lower - upper) * dy;
  }
};

const bicubic: Sampler = (from, x, y, to, at) => {
  const dx = x - Math.floor(x);
  const dy = y - Math.floor(y);
  const left = Math.floor(x) - 1;
  const top = Math.floor(y) - 1;
  for (let c = 0; c < 3; c++) {
    const first = cubicRow(from, left, top, c, dx);
    const second = cubicRow(from, left, top + 1, c, dx);
    const third = cubicRow(from, left, top + 2, c, dx);
    const level = cubic(first, second, third, cubicRow(from, left, top + 3, c, dx), dy);
    to.data[at + c] = level <= 0 ? 0 : level >= 255 ? 255 : level;
  }
};

function cubicRow({ width, height, data }: Picture, left: number, y: number, channel: number, d: number): number {
  const row = clip(y, height) * width;
  return cubic(
    data[(row + clip(left, width)) * 3 + channel]!,
    data[(row + clip(left + 1, width)) * 3 + channel]!,
    data[(row + clip(left + 2, width)) * 3 + channel]!,
    data[(row + clip(left + 3, width)) * 3 + channel]!,
    d,
  );
}

/** Keys' cubic with a = −1 through four values, at `d` between the second and the third. */
function cubic(v1: number, v2: number, v3: number, v4: number, d: number): number {
  const p2 = -v1 + v3;
  const p3 = 2 * (v1 - v2) + v3 - v4;
  const p4 = -v1 + v2 - v3 + v4;
  return v2 + d * (p2 + d * (p3 + d * p4));
}

function clip(at: number, length: number): number {
  return at < 0 ? 0 : at < length ? at : length - 1;
}
