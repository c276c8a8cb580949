import type { Picture } from "../../pictures/picture.ts";
import type { Fill } from "../options/fill.ts";
import type { Point } from "../options/point.ts";
import { inverseAffineMatrix } from "./affine-matrix.ts";
import { adjustBrightness, adjustContrast, adjustSaturation, adjustSharpness } from "./blend.ts";
import { autocontrast, equalize, posterize, solarize } from "./levels.ts";
import { rotatePicture } from "./rotate-picture.ts";
import { roundHalfToEven } from "./round-half-to-even.ts";
import { type WarpInterpolation, warpPicture } from "./warp-picture.ts";

/** How pixels between pixels are found, and the colour of what lies outside. */
export interface Warping {
  readonly interpolation: WarpInterpolation;
  readonly fill: Fill;
}

type Change = (picture: Picture, magnitude: number, warping: Warping) => Picture;

const changes: Readonly<Record<string, Change>> = {
  Identity: (picture) => picture,
  ShearX: (picture, by, warping) => warped(picture, { shear: [degrees(by), 0] }, [0, 0], warping),
  ShearY: (picture, by, warping) => warped(picture, { shear: [0, degrees(by)] }, [0, 0], warping),
  TranslateX: (picture, by, warping) => warped(picture, { translate: [Math.trunc(by), 0] }, middle(picture), warping),
  TranslateY: (picture, by, warping) => warped(picture, { translate: [0, Math.trunc(by)] }, middle(picture), warping),
  Rotate: (picture, by, warping) => rotatePicture(picture, by, { expand: false, center: null, ...warping }),
  Brightness: (picture, by) => adjustBrightness(picture, 1 + by),
  Color: (picture, by) => adjustSaturation(picture, 1 + by),
  Contrast: (picture, by) => adjustContrast(picture, 1 + by),
  Sharpness: (picture, by) => adjustSharpness(picture, 1 + by),
  Posterize: (picture, by) => posterize(picture, by),
  Solarize: (picture, by) => solarize(picture, by),
  AutoContrast: (picture) => autocontrast(picture),
  Equalize: (picture) => equalize(picture),
};

/** The names of what `RandAugment` and its kind may do to a picture. */
export const augmentations: readonly string[] = Object.keys(changes);

/** What chance draws. */
export interface Augmentation {
  readonly name: string;
  /** A number below that of the bins. */
  readonly strength: number;
  /** Of augmentations that go both ways. */
  readonly negative: boolean;
}

/** The largest magnitudes of a kind, and how many bits it leaves at least. */
export interface AugmentationRanges {
  readonly shear: number;
  /** In pixels, for width and height. */
  readonly translate: Point;
  readonly rotate: number;
  readonly colour: number;
  readonly bits: number;
}

/** The picture after an augmentation, which has one of `bins` strengths. */
export function augmentPicture(
  picture: Picture,
  drawn: Augmentation,
  bins: number,
  ranges: AugmentationRanges,
  warping: Warping,
): Picture {
  return changes[drawn.name]!(picture, magnitudeOf(drawn, bins, ranges), warping);
}

/** By how much the picture changes, as torchvision's float32 has it. */
function magnitudeOf(
  { name, strength, negative }: Augmentation,
  bins: number,
  { shear, translate, rotate, colour, bits }: AugmentationRanges,
): number {
  const upTo = (most: number): number => (negative ? -1 : 1) * linspaced(0, most, bins, strength);
  if (name.startsWith("Shear")) return upTo(shear);
  if (name.startsWith("Translate")) return upTo(translate[name === "TranslateX" ? 0 : 1]);
  if (name === "Rotate") return upTo(rotate);
  if (["Brightness", "Color", "Contrast", "Sharpness"].includes(name)) return upTo(colour);
  if (name === "Solarize") return linspaced(255, 0, bins, strength);
  if (name !== "Posterize") return 0;
  return 8 - roundHalfToEven(Math.fround(strength / Math.fround((bins - 1) / (8 - bits))));
}

/** One of `count` evenly spaced numbers, computed from the nearer end in float32. */
function linspaced(from: number, to: number, count: number, at: number): number {
  const [low, high] = [Math.fround(from), Math.fround(to)];
  const step = Math.fround(Math.fround(high - low) / (count - 1));
  return at < count / 2
    ? Math.fround(low + Math.fround(step * at))
    : Math.fround(high - Math.fround(step * (count - 1 - at)));
}

function warped(
  picture: Picture,
  change: { readonly translate?: Point; readonly shear?: Point },
  center: Point,
  { interpolation, fill }: Warping,
): Picture {
  const { width, height } = picture;
  const matrix = inverseAffineMatrix({ angle: 0, translate: [0, 0], scale: 1, shear: [0, 0], ...change }, center);
  return warpPicture(picture, width, height, matrix, interpolation, fill);
}

function middle({ width, height }: Picture): Point {
  return [width * 0.5, height * 0.5];
}

function degrees(slope: number): number {
  return Math.atan(slope) * (180 / Math.PI);
}
