import { Generator, ShapeError, ValueError } from "@tapegrad/tensor";
import { checkSeed, showValue, readOptions } from "@tapegrad/tensor/internal";
import { checkIndex } from "../loader/check-index.ts";
import { blankPicture, type Picture } from "../pictures/picture.ts";
import { checkTransform, isRandom, stepsOf } from "../transforms/compose.ts";
import type { PictureValues, Transform } from "../transforms/transform.ts";
import type { Dataset, PictureSample } from "./dataset.ts";
import { ImageDataset } from "./image-dataset.ts";

/**
 * Pictures kept in memory and transformed anew in each epoch, as CIFAR-10's are for training:
 * `new TransformedImages(train, new Compose([new RandomCrop(32, { padding: 4 }), new ToTensor()]))`.
 *
 * Transforms see the bytes; the mean and std of the `ImageDataset` do not matter here. A grey picture has three equal channels
 * until `ToTensor`, and one behind it.
 *
 * @throws ShapeError if the pictures have other than one or three channels.
 */
export class TransformedImages implements Dataset<PictureSample> {
  readonly source: ImageDataset;
  readonly transform: Transform<Picture, PictureValues>;
  readonly seed: number | string;

  /** @param options.seed decides what chance does: example `i` of epoch `e` is always the same. @default 0 */
  constructor(
    source: ImageDataset,
    transform: Transform<Picture, PictureValues>,
    options: { readonly seed?: number | string } = {},
  ) {
    const { seed } = readOptions("TransformedImages", options, { seed: [0, checkSeed] });
    checkTransform("TransformedImages", transform);
    if (!(source instanceof ImageDataset))
      throw new ValueError(`TransformedImages: source must be an ImageDataset, got ${showValue(source)}`);
    if (source.shape[0] !== 1 && source.shape[0] !== 3)
      throw new ShapeError(`TransformedImages: expected pictures of 1 or 3 channels, got ${source.shape[0]}`);
    this.source = source;
    this.transform = transform;
    this.seed = seed;
  }

  get length(): number {
    return this.source.length;
  }

  get labels(): Uint8Array {
    return this.source.labels;
  }

  get classes(): readonly string[] | undefined {
    return this.source.classes;
  }

  get random(): boolean {
    return isRandom(this.transform);
  }

  /** The same pictures through another transform, with the same seed. */
  withTransform(transform: Transform<Picture, PictureValues>): TransformedImages {
    return new TransformedImages(this.source, transform, { seed: this.seed });
  }

  /** A picture and its class, as chance makes it in `epoch`. @throws IndexError outside 0 … `length` − 1. */
  get(index: number, epoch = 0): PictureSample {
    checkIndex("TransformedImages", index, this.length);
    const generator = new Generator(`${this.seed} epoch ${epoch} example ${index}`);
    return { input: this.#apply(this.#picture(index), generator), target: this.source.labels[index]! };
  }

  #apply(picture: Picture, generator: Generator): PictureValues {
    if (this.source.shape[0] === 3) return this.transform.apply(picture, generator);
    let value: unknown = picture;
    for (const step of stepsOf(this.transform)) {
      const before = value;
      value = step.apply(before as never, generator);
      if (isPicture(before) && !isPicture(value)) value = firstChannel(value as PictureValues);
    }
    return value as PictureValues;
  }

  /** From channel by channel to pixel by pixel. */
  #picture(index: number): Picture {
    const [channels, height, width] = this.source.shape;
    const picture = blankPicture(width, height);
    const plane = height * width;
    const from = index * channels * plane;
    for (let i = 0; i < plane; i++) {
      for (let c = 0; c < 3; c++) picture.data[3 * i + c] = this.source.images[from + (c % channels) * plane + i]!;
    }
    return picture;
  }
}

function isPicture(value: unknown): boolean {
  return Object(value).data instanceof Uint8Array;
}

function firstChannel({ values, shape: [, height, width] }: PictureValues): PictureValues {
  return { values: values.slice(0, height * width), shape: [1, height, width] };
}
