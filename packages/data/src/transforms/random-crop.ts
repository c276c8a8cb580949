import { checkBoolean, showValue, readOptions } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../pictures/picture.ts";
import { cropPicture } from "./crop-picture.ts";
import { type Fill, type PaddingMode, padPicture } from "./pad-picture.ts";
import { checkSize, sides, type Size } from "./size.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/** How pictures are enlarged before they are cropped. */
export interface RandomCropOptions {
  /** Pixels to add to all sides, to `[left and right, top and bottom]`, or to `[left, top, right, bottom]`. @default 0 */
  readonly padding?: number | readonly [number, number] | readonly [number, number, number, number];
  /** Whether a picture that is too small even so is padded until it fits. @default false */
  readonly padIfNeeded?: boolean;
  /** The colour of constant padding. @default 0 */
  readonly fill?: Fill;
  /** @default "constant" */
  readonly paddingMode?: PaddingMode;
}

/**
 * Cuts out a part of the given size, anywhere with equal chance.
 *
 * @throws ValueError if an option is not as described; when applied, if the picture is smaller than the part.
 */
export class RandomCrop implements Transform<Picture, Picture> {
  readonly size: Size;
  readonly options: RandomCropOptions;

  constructor(size: Size, options: RandomCropOptions = {}) {
    checkSize("RandomCrop", size);
    const { padding, fill, paddingMode } = readOptions("RandomCrop", options, {
      padding: [0],
      padIfNeeded: [false, checkBoolean],
      fill: [0],
      paddingMode: ["constant"],
    });
    if (!["constant", "edge", "reflect", "symmetric"].includes(paddingMode)) {
      throw new ValueError(
        `RandomCrop: paddingMode must be constant, edge, reflect or symmetric, got ${showValue(paddingMode)}`,
      );
    }
    const sizes: unknown = typeof padding === "number" ? [padding] : padding;
    if (
      !Array.isArray(sizes) ||
      !(typeof padding === "number" || sizes.length === 2 || sizes.length === 4) ||
      !sizes.every((each) => Number.isInteger(each) && each >= 0)
    ) {
      throw new ValueError(`RandomCrop: padding must be 1, 2 or 4 integers of at least 0, got ${showValue(padding)}`);
    }
    const levels: unknown = typeof fill === "number" ? [fill, fill, fill] : fill;
    if (
      !Array.isArray(levels) ||
      levels.length !== 3 ||
      !levels.every((level) => Number.isInteger(level) && level >= 0 && level <= 255)
    ) {
      throw new ValueError(`RandomCrop: fill must be a level from 0 to 255, or three, got ${showValue(fill)}`);
    }
    this.size = size;
    this.options = options;
  }

  get spec(): TransformSpec {
    return { name: "RandomCrop", options: [this.size, this.options] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    const [height, width] = sides(this.size);
    const padded = this.#pad(picture, height, width);
    if (padded.height < height || padded.width < width) {
      throw new ValueError(
        `RandomCrop: a picture of ${padded.width}×${padded.height} (width × height, padding included) is smaller than ${width}×${height}`,
      );
    }
    const top = generator.integer(padded.height - height + 1);
    const left = generator.integer(padded.width - width + 1);
    return cropPicture(padded, top, left, height, width);
  }

  #pad(picture: Picture, height: number, width: number): Picture {
    const { padding = 0, padIfNeeded = false, fill = 0, paddingMode = "constant" } = this.options;
    const [left, top, right = left, bottom = top] =
      typeof padding === "number" ? ([padding, padding] as const) : padding;
    const pad = (from: Picture, margins: { left: number; top: number; right: number; bottom: number }): Picture =>
      Object.values(margins).every((margin) => margin === 0) ? from : padPicture(from, margins, paddingMode, fill);
    let padded = pad(picture, { left, top, right, bottom });
    if (!padIfNeeded) return padded;
    const columns = Math.max(0, width - padded.width);
    padded = pad(padded, { left: columns, top: 0, right: columns, bottom: 0 });
    const rows = Math.max(0, height - padded.height);
    return pad(padded, { left: 0, top: rows, right: 0, bottom: rows });
  }
}
