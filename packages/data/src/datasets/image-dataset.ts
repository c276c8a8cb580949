import { ShapeError, ValueError, checkShape, fromHost, sizeOf } from "@tapegrad/tensor";
import { Incomparable, refuseUnknownOptions, showShape, showValue } from "@tapegrad/tensor/internal";
import { checkIndex } from "../loader/check-index.ts";
import type { Batch, Dataset, PictureSample } from "./dataset.ts";

/** Pictures of bytes with a class each, and how their bytes become numbers. */
export interface ImageDatasetOptions {
  /** All pictures in a row, each channel by channel and row by row. */
  readonly images: Uint8Array;
  /** The class of each picture. */
  readonly labels: Uint8Array;
  /** `[channels, height, width]` of each picture. */
  readonly shape: readonly [channels: number, height: number, width: number];
  /** Mean of byte / 255, for all channels or for each. @default 0 */
  readonly mean?: number | readonly number[];
  /** Standard deviation of byte / 255, for all channels or for each. @default 1 */
  readonly std?: number | readonly number[];
  /** Names of the classes by number. @default none */
  readonly classes?: readonly string[];
}

/**
 * Pictures of one size, kept as bytes and normalised when a batch is made: `(byte / 255 − mean) / std`.
 *
 * Shape of the inputs of a batch: `[n, channels, height, width]`.
 */
export class ImageDataset extends Incomparable implements Dataset<PictureSample> {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly classes: readonly string[] | undefined;
  /** For each channel, the number that each byte becomes. */
  readonly #scales: readonly Float32Array[];

  /**
   * @throws ShapeError if the bytes are not `labels.length` pictures of `shape`, or mean or std are not one for each channel.
   * @throws ValueError if a mean is not finite or a std not positive, or a label has no class.
   */
  constructor(options: ImageDatasetOptions) {
    super();
    refuseUnknownOptions("ImageDataset", options, ["images", "labels", "shape", "mean", "std", "classes"]);
    const { images, labels, shape, mean = 0, std = 1, classes } = options;
    for (const [name, bytes] of Object.entries({ images, labels })) {
      if (!(bytes instanceof Uint8Array))
        throw new ValueError(`ImageDataset: ${name} must be a Uint8Array, got ${showValue(bytes)}`);
    }
    checkShape("ImageDataset", shape);
    if (shape.length !== 3)
      throw new ShapeError(`ImageDataset: shape must be [channels, height, width], got ${showShape(shape)}`);
    if (images.length !== labels.length * sizeOf(shape)) {
      throw new ShapeError(
        `ImageDataset: ${labels.length} pictures of shape ${showShape(shape)} take ${labels.length * sizeOf(shape)} bytes, got ${images.length}`,
      );
    }
    if (classes !== undefined) checkClasses(classes, labels);
    this.images = images;
    this.labels = labels;
    this.shape = shape;
    this.classes = classes;
    const means = perChannel("mean", mean, shape[0]);
    const stds = perChannel("std", std, shape[0]);
    this.#scales = means.map((m, c) => byteScale(m, stds[c]!));
  }

  get length(): number {
    return this.labels.length;
  }

  /** A picture and its class. @throws IndexError outside 0 … `length` − 1. */
  get(index: number): PictureSample {
    checkIndex("ImageDataset", index, this.length);
    const values = new Float32Array(sizeOf(this.shape));
    this.#write(index, values, 0);
    return { input: { values, shape: this.shape }, target: this.labels[index]! };
  }

  getBatch(indices: readonly number[]): Batch {
    const size = sizeOf(this.shape);
    const inputs = new Float32Array(indices.length * size);
    const targets = new Int32Array(indices.length);
    indices.forEach((index, i) => {
      checkIndex("ImageDataset", index, this.length);
      this.#write(index, inputs, i * size);
      targets[i] = this.labels[index]!;
    });
    return { inputs: fromHost(inputs, [indices.length, ...this.shape]), targets: fromHost(targets, [indices.length]) };
  }

  #write(index: number, target: Float32Array, offset: number): void {
    const [, height, width] = this.shape;
    const plane = height * width;
    this.#scales.forEach((scale, c) => {
      const from = (index * this.#scales.length + c) * plane;
      const to = offset + c * plane;
      for (let i = 0; i < plane; i++) target[to + i] = scale[this.images[from + i]!]!;
    });
  }
}

function perChannel(name: string, value: number | readonly number[], channels: number): readonly number[] {
  const values: unknown = typeof value === "number" ? Array.from({ length: channels }, () => value) : value;
  if (!Array.isArray(values))
    throw new ValueError(`ImageDataset: ${name} must be a number, or a list of them, got ${showValue(value)}`);
  if (values.length !== channels)
    throw new ShapeError(`ImageDataset: ${channels} channels need ${channels} values of ${name}, got ${values.length}`);
  for (const each of values) {
    if (!Number.isFinite(each) || (name === "std" && each <= 0)) {
      throw new ValueError(
        `ImageDataset: ${name} must be ${name === "std" ? "positive" : "finite"}, got ${showValue(each)}`,
      );
    }
  }
  return values;
}

function checkClasses(classes: unknown, labels: Uint8Array): void {
  if (!Array.isArray(classes) || !classes.every((name) => typeof name === "string"))
    throw new ValueError(`ImageDataset: classes must be a list of names, got ${showValue(classes)}`);
  const nameless = labels.find((label) => label >= classes.length);
  if (nameless !== undefined)
    throw new ValueError(`ImageDataset: there are ${classes.length} classes, but a label is ${nameless}`);
}

function byteScale(mean: number, std: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / std);
}
