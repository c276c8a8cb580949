import { checkBoolean, readOptions } from "@tapegrad/tensor/arguments";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../pictures/picture.ts";
import { checkFill, type Fill } from "./options/fill.ts";
import { checkCenter, type Point } from "./options/point.ts";
import { angleRange, between, type Range } from "./options/range.ts";
import { rotatePicture } from "./pixels/rotate-picture.ts";
import { checkInterpolation, type WarpInterpolation } from "./pixels/warp-picture.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/** How pictures are turned. */
export interface RandomRotationOptions {
  /** How pixels between pixels are found. @default "nearest" */
  readonly interpolation?: WarpInterpolation;
  /** Whether the result is made as large as the turned picture takes, so that sizes differ. @default false */
  readonly expand?: boolean;
  /** `[x, y]` in pixels of what stays where it is; null is the middle. @default null */
  readonly center?: Point | null;
  /** The colour of what lies outside. @default 0 */
  readonly fill?: Fill;
}

/**
 * Turns the picture counter-clockwise by an angle that is drawn from a range, bit for bit as torchvision does with PIL.
 *
 * @throws ValueError unless `degrees` is a number of at least 0, which stands for −degrees to degrees, or `[low, high]`, and options are
 *   as described.
 */
export class RandomRotation implements Transform<Picture, Picture> {
  readonly degrees: number | Range;
  readonly options: RandomRotationOptions;
  readonly #range: Range;
  readonly #turning: Required<RandomRotationOptions>;

  constructor(degrees: number | Range, options: RandomRotationOptions = {}) {
    this.#range = angleRange("RandomRotation", "degrees", degrees);
    this.#turning = readOptions("RandomRotation", options, {
      interpolation: ["nearest", checkInterpolation],
      expand: [false, checkBoolean],
      center: [null, checkCenter],
      fill: [0, checkFill],
    });
    this.degrees = degrees;
    this.options = options;
  }

  get spec(): TransformSpec {
    return { name: "RandomRotation", options: [this.degrees, this.options] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    return rotatePicture(picture, between(this.#range, generator), this.#turning);
  }
}
