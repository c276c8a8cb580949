import { type Tensor, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import type { Values } from "../loader/values.ts";
import type { Picture } from "../pictures/picture.ts";
import type { PictureValues, Transform } from "../transforms/transform.ts";

/**
 * Examples by number: all that a `DataLoader` asks of its source.
 *
 * `get` may answer at once or later, so that examples can come from files.
 */
export interface Dataset<T = Sample> {
  /** How many examples there are. */
  readonly length: number;
  /** The example at `index`, 0 … `length` − 1. Sources that change examples at random do so anew for each `epoch`. */
  get(index: number, epoch?: number): T | Promise<T>;
  /** Many examples as one batch, for sources that can do better than one at a time. */
  getBatch?(indices: readonly number[], epoch?: number): Batch | Promise<Batch>;
  /** The class of each example, for sources that know it without loading the example. `split` can stratify by it. */
  readonly labels?: ArrayLike<number | string> | undefined;
  /** Names of the classes by number, for sources that know them. */
  readonly classes?: readonly string[] | undefined;
  /** Whether an example differs from epoch to epoch, as random transforms make it. */
  readonly random?: boolean | undefined;
  /** The same examples through another transform, for sources that transform pictures themselves. */
  withTransform?(transform: Transform<Picture, PictureValues>): Dataset<PictureSample>;
  /** What a run needs to go on, for sources that remember what they gave, such as a generator's state: plain data. */
  stateDict?(): unknown;
  /** Takes what `stateDict` gave. */
  loadStateDict?(state: unknown): void;
}

/** One example to learn from; `collate` says which dtypes become of it. */
export interface Sample<Input extends Values = Values, Target extends Values = Values> {
  readonly input: Input;
  /** What should come out: the number of a class, or numbers of any shape. */
  readonly target: Target;
}

/** A picture as numbers, `[channels, height, width]`, and its class. */
export type PictureSample = Sample<PictureValues, number>;

/** Examples stacked along a new first axis. */
export interface Batch {
  /** `[n, …]`, float32 unless the dataset says otherwise. */
  readonly inputs: Tensor;
  /** What should come out: int32 `[n]` for classes. */
  readonly targets: Tensor;
}

/** @throws ValueError naming `op` unless there is something with a `length` and a `get`. */
export function checkDataset(op: string, dataset: unknown): void {
  const { length, get } = Object(dataset) as Partial<Dataset<unknown>>;
  if (Number.isInteger(length) && typeof get === "function") return;
  throw new ValueError(`${op}: expected a dataset, with a length and a get(index), got ${showValue(dataset)}`);
}
