import { integerFrom, readOptions } from "@tapegrad/tensor/arguments";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../pictures/picture.ts";
import { checkFill, type Fill } from "./options/fill.ts";
import { augmentations, augmentPicture } from "./pixels/augment-picture.ts";
import { checkInterpolation, type WarpInterpolation } from "./pixels/warp-picture.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/** How `TrivialAugmentWide` changes pictures. */
export interface TrivialAugmentWideOptions {
  /** How many magnitudes there are. @default 31 */
  readonly numMagnitudeBins?: number;
  /** How pixels between pixels are found. @default "nearest" */
  readonly interpolation?: WarpInterpolation;
  /** The colour of what lies outside. @default 0 */
  readonly fill?: Fill;
}

/**
 * Changes a picture by one of fourteen augmentations, of a strength that is drawn, too. Given what is drawn, byte for byte as torchvision
 * does with PIL.
 *
 * @throws ValueError if an option is not as described.
 * @see Müller & Hutter 2021, https://arxiv.org/abs/2103.10158
 */
export class TrivialAugmentWide implements Transform<Picture, Picture> {
  readonly options: TrivialAugmentWideOptions;
  readonly #read: Required<TrivialAugmentWideOptions>;

  constructor(options: TrivialAugmentWideOptions = {}) {
    this.#read = readOptions<TrivialAugmentWideOptions>("TrivialAugmentWide", options, {
      numMagnitudeBins: [31, integerFrom(2)],
      interpolation: ["nearest", checkInterpolation],
      fill: [0, checkFill],
    });
    this.options = options;
  }

  get spec(): TransformSpec {
    return { name: "TrivialAugmentWide", options: [this.options] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    const name = augmentations[generator.integer(augmentations.length)]!;
    const strength = generator.integer(this.#read.numMagnitudeBins);
    return this.change(picture, name, strength, generator.integer(2) === 1);
  }

  /** What becomes of a picture when this augmentation, strength and sign are drawn. */
  change(picture: Picture, name: string, strength: number, negative: boolean): Picture {
    const ranges = { shear: 0.99, translate: [32, 32], rotate: 135, colour: 0.99, bits: 2 } as const;
    return augmentPicture(picture, { name, strength, negative }, this.#read.numMagnitudeBins, ranges, this.#read);
  }
}
