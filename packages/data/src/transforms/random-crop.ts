import { checkBoolean, readOptions } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../pictures/picture.ts";
import { checkFill, type Fill } from "./options/fill.ts";
import { checkSize, sides, type Size } from "./options/size.ts";
import { cropPicture } from "./pixels/crop-picture.ts";
import {
  checkPadding,
  checkPaddingMode,
  type Margins,
  marginsOf,
  type Padding,
  type PaddingMode,
  padPicture,
} from "./pixels/pad-picture.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/** How pictures are enlarged before they are cropped. */
export interface RandomCropOptions {
  /** Pixels to add to all sides, to `[left and right, top and bottom]`, or to `[left, top, right, bottom]`. @default 0 */
  readonly padding?: Padding;
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
  readonly #read: Required<RandomCropOptions>;

  constructor(size: Size, options: RandomCropOptions = {}) {
    checkSize("RandomCrop", size);
    this.#read = readOptions("RandomCrop", options, {
      padding: [0, checkPadding],
      padIfNeeded: [false, checkBoolean],
      fill: [0, checkFill],
      paddingMode: ["constant", checkPaddingMode],
    });
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
    const { padding, padIfNeeded, fill, paddingMode } = this.#read;
    const pad = (from: Picture, margins: Margins): Picture =>
      Object.values(margins).every((margin) => margin === 0) ? from : padPicture(from, margins, paddingMode, fill);
    let padded = pad(picture, marginsOf(padding));
    if (!padIfNeeded) return padded;
    const columns = Math.max(0, width - padded.width);
    padded = pad(padded, { left: columns, top: 0, right: columns, bottom: 0 });
    const rows = Math.max(0, height - padded.height);
    return pad(padded, { left: 0, top: rows, right: 0, bottom: rows });
  }
}
