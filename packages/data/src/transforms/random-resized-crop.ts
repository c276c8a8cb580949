import { oneOf, readOptions } from "@tapegrad/tensor/arguments";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../pictures/picture.ts";
import { type Box, randomBox } from "./options/random-box.ts";
import { type Range, rangeWithin } from "./options/range.ts";
import { checkSize, type Size, sides } from "./options/size.ts";
import { cropPicture } from "./pixels/crop-picture.ts";
import { type Interpolation, resample } from "./pixels/resample.ts";
import { roundHalfToEven } from "./pixels/round-half-to-even.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/** Which parts are cut out, and how they are resized. */
export interface RandomResizedCropOptions {
  /** The least and greatest part of the picture's area, above 0 and at most 1. @default [0.08, 1] */
  readonly scale?: Range;
  /** The least and greatest ratio of width to height, above 0. @default [3/4, 4/3] */
  readonly ratio?: Range;
  /** How pixels between pixels are found. All but `nearest` are antialiased when shrinking. @default "bilinear" */
  readonly interpolation?: Interpolation;
}

/**
 * Cuts out a part of random size and shape and makes it `size` large, bit for bit as torchvision does with PIL.
 *
 * If none of ten parts that are drawn fits, it is the middle of the picture, as large as `ratio` allows.
 *
 * @throws ValueError if an option is not as described.
 */
export class RandomResizedCrop implements Transform<Picture, Picture> {
  readonly size: Size;
  readonly options: RandomResizedCropOptions;
  readonly #read: Required<RandomResizedCropOptions>;

  constructor(size: Size, options: RandomResizedCropOptions = {}) {
    checkSize("RandomResizedCrop", size);
    this.#read = readOptions("RandomResizedCrop", options, {
      scale: [[0.08, 1], rangeWithin(0, 1, "above")],
      ratio: [[3 / 4, 4 / 3], rangeWithin(0, Infinity, "above")],
      interpolation: ["bilinear", oneOf("nearest", "bilinear", "bicubic", "lanczos")],
    });
    this.size = size;
    this.options = options;
  }

  get spec(): TransformSpec {
    return { name: "RandomResizedCrop", options: [this.size, this.options] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    const { scale, ratio } = this.#read;
    const fits = (height: number, width: number): boolean =>
      width > 0 && width <= picture.width && height > 0 && height <= picture.height;
    return this.cut(picture, randomBox(picture, scale, ratio, fits, generator) ?? middle(picture, ratio));
  }

  /** What becomes of a picture when this part is drawn. */
  cut(picture: Picture, { top, left, height, width }: Box): Picture {
    const [newHeight, newWidth] = sides(this.size);
    const part = cropPicture(picture, top, left, height, width);
    return resample(part, newWidth, newHeight, this.#read.interpolation);
  }
}

/** The largest part in the middle whose ratio is allowed. */
function middle(picture: Picture, [least, most]: Range): Box {
  const shape = picture.width / picture.height;
  const height = shape < least ? Math.max(1, roundHalfToEven(picture.width / least)) : picture.height;
  const width = shape > most ? Math.max(1, roundHalfToEven(picture.height * most)) : picture.width;
  return { top: (picture.height - height) >> 1, left: (picture.width - width) >> 1, height, width };
}
