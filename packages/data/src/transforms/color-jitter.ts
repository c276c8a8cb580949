import { showValue, readOptions } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../pictures/picture.ts";
import { adjustHue } from "./pixels/adjust-hue.ts";
import { adjustBrightness, adjustContrast, adjustSaturation } from "./pixels/blend.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/** How far colours may stray. A number `x` means a factor from `max(0, 1 − x)` to `1 + x`, for hue a turn from −x to x. */
export interface ColorJitterOptions {
  /** @default 0 */
  readonly brightness?: number | readonly [low: number, high: number];
  /** @default 0 */
  readonly contrast?: number | readonly [low: number, high: number];
  /** @default 0 */
  readonly saturation?: number | readonly [low: number, high: number];
  /** In turns, within [−0.5, 0.5]. @default 0 */
  readonly hue?: number | readonly [low: number, high: number];
}

/**
 * Changes brightness, contrast, saturation and hue at random and in random order, as torchvision does on PIL pictures.
 *
 * @throws ValueError if an option is not as described.
 */
export class ColorJitter implements Transform<Picture, Picture> {
  readonly options: ColorJitterOptions;
  readonly #steps: readonly Step[];

  constructor(options: ColorJitterOptions = {}) {
    const { brightness, contrast, saturation, hue } = readOptions("ColorJitter", options, {
      brightness: [0],
      contrast: [0],
      saturation: [0],
      hue: [0],
    });
    this.options = options;
    this.#steps = [
      { adjust: adjustBrightness, range: factorRange("brightness", brightness), neutral: 1 },
      { adjust: adjustContrast, range: factorRange("contrast", contrast), neutral: 1 },
      { adjust: adjustSaturation, range: factorRange("saturation", saturation), neutral: 1 },
      { adjust: adjustHue, range: hueRange(hue), neutral: 0 },
    ];
  }

  get spec(): TransformSpec {
    return { name: "ColorJitter", options: [this.options] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    const order = generator.permutation(this.#steps.length);
    let result = picture;
    for (const i of order) {
      const { adjust, range, neutral } = this.#steps[i]!;
      const [low, high] = range;
      if (low === neutral && high === neutral) continue;
      result = adjust(result, low + (high - low) * generator.next());
    }
    return result;
  }
}

interface Step {
  readonly adjust: (picture: Picture, amount: number) => Picture;
  readonly range: readonly [low: number, high: number];
  /** The amount that changes nothing. */
  readonly neutral: number;
}

function factorRange(name: string, value: number | readonly [number, number]): readonly [number, number] {
  if (typeof value === "number" ? !(value >= 0) : !isRange(value, 0, Infinity)) {
    throw new ValueError(`ColorJitter: ${name} must be at least 0, or [low, high] of such, got ${showValue(value)}`);
  }
  return typeof value === "number" ? [Math.max(0, 1 - value), 1 + value] : value;
}

function hueRange(value: number | readonly [number, number]): readonly [number, number] {
  if (typeof value === "number" ? !(value >= 0 && value <= 0.5) : !isRange(value, -0.5, 0.5)) {
    throw new ValueError(
      `ColorJitter: hue must lie in [0, 0.5], or be [low, high] within [-0.5, 0.5], got ${showValue(value)}`,
    );
  }
  return typeof value === "number" ? [-value, value] : value;
}

function isRange(value: readonly [number, number], least: number, most: number): boolean {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.every(Number.isFinite) &&
    value[0] >= least &&
    value[0] <= value[1] &&
    value[1] <= most
  );
}
