import { ValueError } from "@tapegrad/tensor";
import { CenterCrop } from "./center-crop.ts";
import { ColorJitter } from "./color-jitter.ts";
import { Grayscale } from "./grayscale.ts";
import { Normalize } from "./normalize.ts";
import { RandomCrop } from "./random-crop.ts";
import { RandomHorizontalFlip } from "./random-horizontal-flip.ts";
import { Resize } from "./resize.ts";
import { ToTensor } from "./to-tensor.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/** Makes a transform again from its `spec`. @throws ValueError if it is none of this package's. */
export function transformFromSpec({ name, options }: TransformSpec): Transform<never, unknown> {
  const make = makers[name];
  if (make === undefined) throw new ValueError(`transformFromSpec: unknown transform ${name}`);
  return make(options as never);
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
