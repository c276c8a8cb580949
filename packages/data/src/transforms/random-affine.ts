import { orNull, readOptions, showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../pictures/picture.ts";
import { checkFill, type Fill } from "./options/fill.ts";
import { checkCenter, type Point } from "./options/point.ts";
import { angleRange, between, type Range, rangeWithin } from "./options/range.ts";
import { type Affine, inverseAffineMatrix } from "./pixels/affine-matrix.ts";
import { roundHalfToEven } from "./pixels/round-half-to-even.ts";
import { checkInterpolation, type WarpInterpolation, warpPicture } from "./pixels/warp-picture.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/** What happens beside turning, and how. */
export interface RandomAffineOptions {
  /** The farthest shift, as parts of width and height, each in [0, 1]. @default none */
  readonly translate?: Point | null;
  /** The least and greatest enlargement, above 0. @default none */
  readonly scale?: Range | null;
  /** Degrees along x: a number stands for −shear to shear; `[low, high]`; or `[low, high, low, high]`, the last two along y. @default none */
  readonly shear?: number | Range | readonly [lowX: number, highX: number, lowY: number, highY: number] | null;
  /** How pixels between pixels are found. @default "nearest" */
  readonly interpolation?: WarpInterpolation;
  /** The colour of what lies outside. @default 0 */
  readonly fill?: Fill;
  /** `[x, y]` in pixels of what stays where it is but for the shift; null is the middle. @default null */
  readonly center?: Point | null;
}

/**
 * Turns clockwise, shifts, enlarges and shears the picture at random, bit for bit as torchvision does with PIL.
 *
 * @throws ValueError unless `degrees` is a number of at least 0, which stands for −degrees to degrees, or `[low, high]`, and options are
 *   as described.
 */
export class RandomAffine implements Transform<Picture, Picture> {
  readonly degrees: number | Range;
  readonly options: RandomAffineOptions;
  readonly #turns: Range;
  readonly #shears: readonly [x: Range, y: Range];
  readonly #read: Required<RandomAffineOptions>;

  constructor(degrees: number | Range, options: RandomAffineOptions = {}) {
    this.#turns = angleRange("RandomAffine", "degrees", degrees);
    this.#read = readOptions("RandomAffine", options, {
      translate: [null, orNull(checkShift)],
      scale: [null, orNull(rangeWithin(0, Infinity, "above"))],
      shear: [null],
      interpolation: ["nearest", checkInterpolation],
      fill: [0, checkFill],
      center: [null, checkCenter],
    });
    this.#shears = shearRanges(this.#read.shear);
    this.degrees = degrees;
    this.options = options;
  }

  get spec(): TransformSpec {
    return { name: "RandomAffine", options: [this.degrees, this.options] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    const { translate, scale } = this.#read;
    const [farX, farY] = translate ?? [0, 0];
    const shift = (far: number): number => roundHalfToEven(between([-far, far], generator));
    return this.change(picture, {
      angle: between(this.#turns, generator),
      translate: [shift(farX * picture.width), shift(farY * picture.height)],
      scale: between(scale ?? [1, 1], generator),
      shear: [between(this.#shears[0], generator), between(this.#shears[1], generator)],
    });
  }

  /** What becomes of a picture when these are drawn. */
  change(picture: Picture, affine: Affine): Picture {
    const { width, height } = picture;
    const { interpolation, fill, center } = this.#read;
    const matrix = inverseAffineMatrix(affine, center ?? [width * 0.5, height * 0.5]);
    return warpPicture(picture, width, height, matrix, interpolation, fill);
  }
}

function checkShift(op: string, name: string, value: unknown): void {
  const valid =
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((part) => Number.isFinite(part) && part >= 0 && part <= 1);
  if (!valid)
    throw new ValueError(`${op}: ${name} must be parts of width and height in [0, 1], got ${showValue(value)}`);
}

function shearRanges(shear: RandomAffineOptions["shear"]): readonly [x: Range, y: Range] {
  const still: Range = [0, 0];
  if (shear === null || shear === undefined) return [still, still];
  if (!Array.isArray(shear) || shear.length !== 4)
    return [angleRange("RandomAffine", "shear", shear as number | Range), still];
  const [lowX, highX, lowY, highY] = shear as readonly [number, number, number, number];
  return [angleRange("RandomAffine", "shear", [lowX, highX]), angleRange("RandomAffine", "shear", [lowY, highY])];
}
