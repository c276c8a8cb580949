import { ValueError } from "@tapegrad/tensor/errors";
import { CenterCrop } from "./center-crop.ts";
import { ColorJitter } from "./color-jitter.ts";
import { Compose, stepsOf } from "./compose.ts";
import { GaussianBlur } from "./gaussian-blur.ts";
import { Grayscale } from "./grayscale.ts";
import { RandomAdjustSharpness } from "./levels/random-adjust-sharpness.ts";
import { RandomAutocontrast } from "./levels/random-autocontrast.ts";
import { RandomEqualize } from "./levels/random-equalize.ts";
import { RandomInvert } from "./levels/random-invert.ts";
import { RandomPosterize } from "./levels/random-posterize.ts";
import { RandomSolarize } from "./levels/random-solarize.ts";
import { Normalize } from "./normalize.ts";
import { Pad } from "./pad.ts";
import { RandAugment } from "./rand-augment.ts";
import { RandomAffine } from "./random-affine.ts";
import { RandomApply } from "./random-apply.ts";
import { RandomChoice } from "./random-choice.ts";
import { RandomCrop } from "./random-crop.ts";
import { RandomErasing } from "./random-erasing.ts";
import { RandomGrayscale } from "./random-grayscale.ts";
import { RandomHorizontalFlip } from "./random-horizontal-flip.ts";
import { RandomResizedCrop } from "./random-resized-crop.ts";
import { RandomRotation } from "./random-rotation.ts";
import { RandomVerticalFlip } from "./random-vertical-flip.ts";
import { Resize } from "./resize.ts";
import { ToTensor } from "./to-tensor.ts";
import type { Transform, TransformSpec } from "./transform.ts";
import { TrivialAugmentWide } from "./trivial-augment-wide.ts";

/** Makes a transform again from its `spec`. @throws ValueError if it is none of this package's. */
export function transformFromSpec({ name, options }: TransformSpec): Transform<never, unknown> {
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (make === undefined) throw new ValueError(`transformFromSpec: unknown transform ${name}`);
  return make(options as never);
}

/** The first steps that other threads can make from their specs, and the steps from the first that they cannot. */
export function splitPortable(transform: Transform<never, unknown>): {
  readonly portable: readonly TransformSpec[];
  readonly rest: readonly Transform<never, unknown>[];
} {
  const steps = stepsOf(transform);
  const end = steps.findIndex((step) => !isPortable(step));
  const count = end < 0 ? steps.length : end;
  return { portable: steps.slice(0, count).map(({ spec }) => spec!), rest: steps.slice(count) };
}

/** Subclasses inherit a spec, but not what it makes. */
function isPortable(transform: Transform<never, unknown>): boolean {
  const { spec, constructor } = transform;
  if (spec === undefined || !Object.hasOwn(makers, spec.name)) return false;
  return partsOf(transform).every(isPortable) && transformFromSpec(spec).constructor === constructor;
}

/** The transforms of which a transform consists. */
function partsOf(transform: Transform<never, unknown>): readonly Transform<never, unknown>[] {
  const composed =
    transform instanceof Compose || transform instanceof RandomApply || transform instanceof RandomChoice;
  return composed ? transform.transforms : [];
}

type Parts = readonly TransformSpec[];

const makers: Readonly<Record<string, (options: never) => Transform<never, unknown>>> = {
  CenterCrop: (args: ConstructorParameters<typeof CenterCrop>) => new CenterCrop(...args),
  ColorJitter: (args: ConstructorParameters<typeof ColorJitter>) => new ColorJitter(...args),
  Compose: ([parts]: [Parts]) => new Compose(parts.map(transformFromSpec) as never),
  GaussianBlur: (args: ConstructorParameters<typeof GaussianBlur>) => new GaussianBlur(...args),
  Grayscale: () => new Grayscale(),
  Pad: (args: ConstructorParameters<typeof Pad>) => new Pad(...args),
  Normalize: (args: ConstructorParameters<typeof Normalize>) => new Normalize(...args),
  RandomInvert: (args: ConstructorParameters<typeof RandomInvert>) => new RandomInvert(...args),
  RandomAutocontrast: (args: ConstructorParameters<typeof RandomAutocontrast>) => new RandomAutocontrast(...args),
  RandomEqualize: (args: ConstructorParameters<typeof RandomEqualize>) => new RandomEqualize(...args),
  RandomPosterize: (args: ConstructorParameters<typeof RandomPosterize>) => new RandomPosterize(...args),
  RandomSolarize: (args: ConstructorParameters<typeof RandomSolarize>) => new RandomSolarize(...args),
  RandomAdjustSharpness: (args: ConstructorParameters<typeof RandomAdjustSharpness>) =>
    new RandomAdjustSharpness(...args),
  RandAugment: (args: ConstructorParameters<typeof RandAugment>) => new RandAugment(...args),
  TrivialAugmentWide: (args: ConstructorParameters<typeof TrivialAugmentWide>) => new TrivialAugmentWide(...args),
  RandomAffine: (args: ConstructorParameters<typeof RandomAffine>) => new RandomAffine(...args),
  RandomApply: ([parts, p]: [Parts, number]) => new RandomApply(parts.map(transformFromSpec) as never, p),
  RandomChoice: ([parts, p]: [Parts, number[]]) => new RandomChoice(parts.map(transformFromSpec) as never, p),
  RandomCrop: (args: ConstructorParameters<typeof RandomCrop>) => new RandomCrop(...args),
  RandomErasing: (args: ConstructorParameters<typeof RandomErasing>) => new RandomErasing(...args),
  RandomGrayscale: (args: ConstructorParameters<typeof RandomGrayscale>) => new RandomGrayscale(...args),
  RandomHorizontalFlip: (args: ConstructorParameters<typeof RandomHorizontalFlip>) => new RandomHorizontalFlip(...args),
  RandomResizedCrop: (args: ConstructorParameters<typeof RandomResizedCrop>) => new RandomResizedCrop(...args),
  RandomRotation: (args: ConstructorParameters<typeof RandomRotation>) => new RandomRotation(...args),
  RandomVerticalFlip: (args: ConstructorParameters<typeof RandomVerticalFlip>) => new RandomVerticalFlip(...args),
  Resize: (args: ConstructorParameters<typeof Resize>) => new Resize(...args),
  ToTensor: () => new ToTensor(),
};
