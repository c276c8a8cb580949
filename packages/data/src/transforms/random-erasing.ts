import { checkProbability, readOptions, showValue } from "@tapegrad/tensor/arguments";
import { ShapeError, ValueError } from "@tapegrad/tensor/errors";
import { type Generator, normals } from "@tapegrad/tensor/random";
import { type Box, randomBox } from "./options/random-box.ts";
import { type Range, rangeWithin } from "./options/range.ts";
import type { PictureValues, Transform, TransformSpec } from "./transform.ts";

/** How often, how much, and by what. */
export interface RandomErasingOptions {
  /** The probability that something is erased. @default 0.5 */
  readonly p?: number;
  /** The least and greatest part of the area, within [0, 1]. @default [0.02, 0.33] */
  readonly scale?: Range;
  /** The least and greatest ratio of height to width, above 0. @default [0.3, 3.3] */
  readonly ratio?: Range;
  /** What takes the place: a number, one for each channel, or normal noise. @default 0 */
  readonly value?: number | readonly number[] | "random";
}

/**
 * Puts something else in the place of a random part of the picture; comes after `ToTensor` and `Normalize`, as in torchvision.
 *
 * If none of ten parts that are drawn fits, the picture stays as it is.
 *
 * @throws ValueError if an option is not as described.
 * @throws ShapeError when applied, if `value` has neither one number nor one for each channel.
 * @see Zhong et al. 2017, https://arxiv.org/abs/1708.04896
 */
export class RandomErasing implements Transform<PictureValues, PictureValues> {
  readonly options: RandomErasingOptions;
  readonly #read: Required<RandomErasingOptions>;

  constructor(options: RandomErasingOptions = {}) {
    this.#read = readOptions("RandomErasing", options, {
      p: [0.5, checkProbability],
      scale: [[0.02, 0.33], rangeWithin(0, 1)],
      ratio: [[0.3, 3.3], rangeWithin(0, Infinity, "above")],
      value: [0, checkReplacement],
    });
    this.options = options;
  }

  get spec(): TransformSpec {
    return { name: "RandomErasing", options: [this.options] };
  }

  apply(picture: PictureValues, generator: Generator): PictureValues {
    if (!(picture.values instanceof Float32Array))
      throw new ValueError("RandomErasing: expected the values that ToTensor gives, got a picture");
    const { p, scale, ratio, value } = this.#read;
    if (generator.next() >= p) return picture;
    const [channels, height, width] = picture.shape;
    const fits = (down: number, across: number): boolean => down < height && across < width;
    const box = randomBox({ width, height }, scale, [1 / ratio[1], 1 / ratio[0]], fits, generator);
    if (box === null) return picture;
    const noise = value === "random" ? normals(generator, channels * box.height * box.width) : null;
    return eraseBox(picture, box, noise ?? (value as number | readonly number[]));
  }
}

/** @param by a number, one for each channel, or one for each value of the box. */
export function eraseBox({ values, shape }: PictureValues, box: Box, by: number | ArrayLike<number>): PictureValues {
  const [channels, height, width] = shape;
  const level = typeof by === "number" ? [by] : by;
  const size = box.height * box.width;
  if (level.length !== 1 && level.length !== channels && level.length !== channels * size)
    throw new ShapeError(`RandomErasing: ${level.length} values for ${channels} channels`);
  const erased = values.slice();
  for (let c = 0, i = 0; c < channels; c++) {
    for (let y = 0; y < box.height; y++) {
      const from = (c * height + box.top + y) * width + box.left;
      for (let x = 0; x < box.width; x++, i++)
        erased[from + x] = level.length === 1 ? level[0]! : level.length === channels ? level[c]! : level[i]!;
    }
  }
  return { values: erased, shape };
}

function checkReplacement(op: string, name: string, value: unknown): void {
  const numbers: unknown = typeof value === "number" ? [value] : value;
  if (value === "random" || (Array.isArray(numbers) && numbers.length > 0 && numbers.every(Number.isFinite))) return;
  throw new ValueError(
    `${op}: ${name} must be a number, a list with one for each channel, or "random", got ${showValue(value)}`,
  );
}
