import { type Batch, DataLoader, type ImageDataset, type PictureSample, syntheticDigits } from "@tapegrad/data";
import type { Tensor } from "@tapegrad/tensor";
import { trayCount } from "../run-state.ts";

const trainingCount = 3000;
const trainingBatch = 50;
const checkedCount = 240;

/** Digits for learning, in an order that the seed decides. */
export function learningDigits(seed: number | string): DataLoader<PictureSample> {
  drawn ??= syntheticDigits({ count: trainingCount, seed: "playground" });
  return new DataLoader(drawn, { batchSize: trainingBatch, shuffle: true, seed });
}

/** They take half a second to draw. */
let drawn: ImageDataset | null = null;

/** Unseen digits with their classes, to measure accuracy with. */
export function checkedDigits(): Batch {
  return all(syntheticDigits({ count: checkedCount, seed: "playground, checked" }));
}

/** The digits that are shown and predicted: unseen ones, of which the visitor's own drawing may take the first place. */
export class Tray {
  readonly #digits: ImageDataset = syntheticDigits({ count: trayCount, seed: "playground, tray" });
  readonly #first: Uint8Array = this.pixels.slice(0, 28 * 28);
  #drawn = false;

  /** A byte for each pixel, digit by digit; ink is bright. */
  get pixels(): Uint8Array {
    return this.#digits.images;
  }

  /** What each digit is; null for a drawing. */
  get labels(): (number | null)[] {
    return Array.from(this.#digits.labels, (label, i) => (i === 0 && this.#drawn ? null : label));
  }

  /** Puts a drawing of 28 × 28 bytes in the first place, or the digit that was there. */
  draw(pixels: Uint8Array | null): void {
    this.#drawn = pixels !== null;
    this.pixels.set(pixels ?? this.#first);
  }

  /** The network's input: `[60, 1, 28, 28]`, normalised. */
  inputs(): Tensor {
    return all(this.#digits).inputs;
  }
}

function all(digits: ImageDataset): Batch {
  return digits.getBatch([...digits.labels.keys()]);
}
