import type { Picture } from "../../pictures/picture.ts";
import type { Fill } from "../options/fill.ts";
import type { Point } from "../options/point.ts";
import { inverseAffineMatrix } from "./affine-matrix.ts";
import { adjustBrightness, adjustContrast, adjustSaturation, adjustSharpness } from "./blend.ts";
import { autocontrast, equalize, posterize, solarize } from "./levels.ts";
import { rotatePicture } from "./rotate-picture.ts";
import { type WarpInterpolation, warpPicture } from "./warp-picture.ts";

/** How pixels between pixels are found, and the colour of what lies outside. */
export interface Warping {
  readonly interpolation: WarpInterpolation;
  readonly fill: Fill;
}

/** What `RandAugment` and its kind may do to a picture, by how much. */
export const augmentations: Readonly<
  Record<string, (picture: Picture, magnitude: number, warping: Warping) => Picture>
> = {
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

/** The largest magnitudes of a kind, and how many bits it leaves at least. */
export interface AugmentationRanges {
  readonly shear: number;
  /** In pixels, for width and height. */
  readonly translate: Point;
  readonly rotate: number;
  readonly colour: number;
  readonly bits: number;
}

/** The magnitude of an augmentation at one of `bins` strengths, as torchvision's float32 has it, and whether it may be negative. */
export function magnitudeOf(
  name: string,
  strength: number,
  bins: number,
  { shear, translate, rotate, colour, bits }: AugmentationRanges,
): { readonly magnitude: number; readonly signed: boolean } {
  const signed = (most: number): { readonly magnitude: number; readonly signed: boolean } => ({
    magnitude: linspaced(0, most, bins, strength),
    signed: true,
  });
  if (name.startsWith("Shear")) return signed(shear);
  if (name.startsWith("Translate")) return signed(translate[name === "TranslateX" ? 0 : 1]);
  if (name === "Rotate") return signed(rotate);
  if (["Brightness", "Color", "Contrast", "Sharpness"].includes(name)) return signed(colour);
  if (name === "Solarize") return { magnitude: linspaced(255, 0, bins, strength), signed: false };
  if (name !== "Posterize") return { magnitude: 0, signed: false };
  const lost = Math.fround(strength / Math.fround((bins - 1) / (8 - bits)));
  return { magnitude: 8 - halfToEven(lost), signed: false };
}

/** One of `count` evenly spaced numbers, computed from the nearer end in float32. */
function linspaced(from: number, to: number, count: number, at: number): number {
  const [low, high] = [Math.fround(from), Math.fround(to)];
  const step = Math.fround(Math.fround(high - low) / (count - 1));
  return at < count / 2
    ? Math.fround(low + Math.fround(step * at))
    : Math.fround(high - Math.fround(step * (count - 1 - at)));
}

function halfToEven(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + (down % 2) : Math.round(x);
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
