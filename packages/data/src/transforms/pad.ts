import { readOptions } from "@tapegrad/tensor/arguments";
import type { Picture } from "../pictures/picture.ts";
import { checkFill, type Fill } from "./options/fill.ts";
import {
  checkPadding,
  checkPaddingMode,
  marginsOf,
  type Padding,
  type PaddingMode,
  padPicture,
} from "./pixels/pad-picture.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/** What the new pixels show. */
export interface PadOptions {
  /** The colour of constant padding. @default 0 */
  readonly fill?: Fill;
  /** @default "constant" */
  readonly paddingMode?: PaddingMode;
}

/**
 * Enlarges the picture on its sides: all by the same, by `[left and right, top and bottom]`, or by `[left, top, right, bottom]`.
 *
 * @throws ValueError if an option is not as described; when applied, if the picture is too small to be mirrored so far.
 */
export class Pad implements Transform<Picture, Picture> {
  readonly padding: Padding;
  readonly options: PadOptions;
  readonly #read: Required<PadOptions>;

  constructor(padding: Padding, options: PadOptions = {}) {
    checkPadding("Pad", "padding", padding);
    this.#read = readOptions("Pad", options, {
      fill: [0, checkFill],
      paddingMode: ["constant", checkPaddingMode],
    });
    this.padding = padding;
    this.options = options;
  }

  get spec(): TransformSpec {
    return { name: "Pad", options: [this.padding, this.options] };
  }

  apply(picture: Picture): Picture {
    const { fill, paddingMode } = this.#read;
    return padPicture(picture, marginsOf(this.padding), paddingMode, fill);
  }
}
