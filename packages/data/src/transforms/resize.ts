import { refuseUnknownOptions, showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import { defaultMaxPixels, type Picture } from "../pictures/picture.ts";
import { checkSize, type Size } from "./options/size.ts";
import { type Interpolation, resample } from "./pixels/resample.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/** How pixels between pixels are found. */
export interface ResizeOptions {
  /** All but `nearest` are antialiased when shrinking. @default "bilinear" */
  readonly interpolation?: Interpolation;
  /** The most that the longer side may have; only with a single number as size. @default no limit */
  readonly maxSize?: number;
}

/**
 * Makes a picture larger or smaller, bit for bit as torchvision does with PIL.
 *
 * A single number is the new length of the shorter side; the longer follows, rounded down, so the shape of the picture stays.
 *
 * @throws ValueError if an option is not as described; when applied, if the result would have no pixels or more than 2^26.
 */
export class Resize implements Transform<Picture, Picture> {
  readonly size: Size;
  readonly options: ResizeOptions;

  constructor(size: Size, options: ResizeOptions = {}) {
    checkSize("Resize", size);
    refuseUnknownOptions("Resize", options, ["interpolation", "maxSize"]);
    const { interpolation = "bilinear", maxSize } = options;
    if (!["nearest", "bilinear", "bicubic", "lanczos"].includes(interpolation)) {
      throw new ValueError(
        `Resize: interpolation must be nearest, bilinear, bicubic or lanczos, got ${showValue(interpolation)}`,
      );
    }
    if (maxSize !== undefined && !(typeof size === "number" && Number.isInteger(maxSize) && maxSize > size)) {
      throw new ValueError(
        `Resize: maxSize ${showValue(maxSize)} needs a size that is a single number below it, got ${showValue(size)}`,
      );
    }
    this.size = size;
    this.options = options;
  }

  get spec(): TransformSpec {
    return { name: "Resize", options: [this.size, this.options] };
  }

  apply(picture: Picture): Picture {
    const [height, width] = this.#target(picture);
    if (width * height > defaultMaxPixels) {
      throw new ValueError(
        `Resize: ${picture.width}×${picture.height} would become ${width}×${height}, more than ${defaultMaxPixels} pixels`,
      );
    }
    return resample(picture, width, height, this.options.interpolation ?? "bilinear");
  }

  #target({ width, height }: Picture): readonly [height: number, width: number] {
    if (typeof this.size !== "number") return this.size;
    const { maxSize = Infinity } = this.options;
    const [short, long] = width <= height ? [width, height] : [height, width];
    let [newShort, newLong] = [this.size, Math.trunc((this.size * long) / short)];
    if (newLong > maxSize) [newShort, newLong] = [Math.trunc((maxSize * newShort) / newLong), maxSize];
    if (newShort < 1) throw new ValueError(`Resize: a picture of ${width}×${height} would have no pixels left`);
    return width <= height ? [newLong, newShort] : [newShort, newLong];
  }
}
