import { integerFrom, readOptions } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../pictures/picture.ts";
import { checkFill, type Fill } from "./options/fill.ts";
import { augmentations, augmentPicture } from "./pixels/augment-picture.ts";
import { checkInterpolation, type WarpInterpolation } from "./pixels/warp-picture.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/** How strongly `RandAugment` changes pictures. */
export interface RandAugmentOptions {
  /** How many changes one after the other. @default 2 */
  readonly numOps?: number;
  /** Which of the magnitudes they have, from 0. @default 9 */
  readonly magnitude?: number;
  /** How many magnitudes there are. @default 31 */
  readonly numMagnitudeBins?: number;
  /** How pixels between pixels are found. @default "nearest" */
  readonly interpolation?: WarpInterpolation;
  /** The colour of what lies outside. @default 0 */
  readonly fill?: Fill;
}

/**
 * Changes a picture by some of fourteen augmentations that are drawn, all of one strength: shears, shifts, turns, colours, levels. Given what
 * is drawn, byte for byte as torchvision does with PIL.
 *
 * @throws ValueError if an option is not as described, or `magnitude` not one of the magnitudes.
 * @see Cubuk et al. 2020, https://arxiv.org/abs/1909.13719
 */
export class RandAugment implements Transform<Picture, Picture> {
  readonly options: RandAugmentOptions;
  readonly #read: Required<RandAugmentOptions>;

  constructor(options: RandAugmentOptions = {}) {
    this.#read = readOptions<RandAugmentOptions>("RandAugment", options, {
      numOps: [2, integerFrom(0)],
      magnitude: [9, integerFrom(0)],
      numMagnitudeBins: [31, integerFrom(2)],
      interpolation: ["nearest", checkInterpolation],
      fill: [0, checkFill],
    });
    const { magnitude, numMagnitudeBins } = this.#read;
    if (magnitude >= numMagnitudeBins)
      throw new ValueError(`RandAugment: magnitude must be below ${numMagnitudeBins}, got ${magnitude}`);
    this.options = options;
  }

  get spec(): TransformSpec {
    return { name: "RandAugment", options: [this.options] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    let changed = picture;
    for (let i = 0; i < this.#read.numOps; i++) {
      const name = augmentations[generator.integer(augmentations.length)]!;
      changed = this.change(changed, name, generator.integer(2) === 1);
    }
    return changed;
  }

  /** What becomes of a picture when this augmentation and sign are drawn. */
  change(picture: Picture, name: string, negative: boolean): Picture {
    const { magnitude, numMagnitudeBins } = this.#read;
    const reach = (extent: number): number => (150 / 331) * extent;
    const translate = [reach(picture.width), reach(picture.height)] as const;
    const ranges = { shear: 0.3, translate, rotate: 30, colour: 0.9, bits: 4 };
    return augmentPicture(picture, { name, strength: magnitude, negative }, numMagnitudeBins, ranges, this.#read);
  }
}
