import { ValueError } from "@tapegrad/tensor/errors";
import { CenterCrop } from "./center-crop.ts";
import { ColorJitter } from "./color-jitter.ts";
import { stepsOf } from "./compose.ts";
import { Grayscale } from "./grayscale.ts";
import { Normalize } from "./normalize.ts";
import { RandomCrop } from "./random-crop.ts";
import { RandomHorizontalFlip } from "./random-horizontal-flip.ts";
import { Resize } from "./resize.ts";
import { ToTensor } from "./to-tensor.ts";
import type { Transform, TransformSpec } from "./transform.ts";

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
function isPortable({ spec, constructor }: Transform<never, unknown>): boolean {
  return spec !== undefined && Object.hasOwn(makers, spec.name) && transformFromSpec(spec).constructor === constructor;
}

const makers: Readonly<Record<string, (options: never) => Transform<never, unknown>>> = {
  CenterCrop: (args: ConstructorParameters<typeof CenterCrop>) => new CenterCrop(...args),
  ColorJitter: (args: ConstructorParameters<typeof ColorJitter>) => new ColorJitter(...args),
  Grayscale: () => new Grayscale(),
  Normalize: (args: ConstructorParameters<typeof Normalize>) => new Normalize(...args),
  RandomCrop: (args: ConstructorParameters<typeof RandomCrop>) => new RandomCrop(...args),
  RandomHorizontalFlip: (args: ConstructorParameters<typeof RandomHorizontalFlip>) => new RandomHorizontalFlip(...args),
  Resize: (args: ConstructorParameters<typeof Resize>) => new Resize(...args),
  ToTensor: () => new ToTensor(),
};
