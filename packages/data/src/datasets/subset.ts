import { ValueError } from "@tapegrad/tensor";
import { isNumberArray, showValue } from "@tapegrad/tensor/internal";
import { checkIndex, resolveIndex } from "../loader/check-index.ts";
import { type Batch, checkDataset, type Dataset, type Sample } from "./dataset.ts";

/**
 * Some examples of a dataset, in the order of `indices`: example `i` is the dataset's `indices[i]`.
 *
 * As in PyTorch, −1 is the last. Labels and names of classes are the dataset's; batches are too, where it makes them itself.
 */
export class Subset<T = Sample> implements Dataset<T> {
  readonly dataset: Dataset<T>;
  readonly indices: readonly number[];
  readonly getBatch?: (indices: readonly number[], epoch?: number) => Batch | Promise<Batch>;
  readonly stateDict?: () => unknown;
  readonly loadStateDict?: (state: unknown) => void;

  /** @throws IndexError unless the indices lie in 0 … `dataset.length` − 1. */
  constructor(dataset: Dataset<T>, indices: ArrayLike<number>) {
    checkDataset("Subset", dataset);
    if (!Array.isArray(indices) && !isNumberArray(indices))
      throw new ValueError(`Subset: indices must be a list of integers, got ${showValue(indices)}`);
    for (let i = 0; i < indices.length; i++) checkIndex("Subset", indices[i]!, dataset.length);
    this.dataset = dataset;
    this.indices = Array.from(indices);
    if (dataset.getBatch !== undefined)
      this.getBatch = (positions, epoch) =>
        dataset.getBatch!(
          positions.map((position) => this.#at(position)),
          epoch,
        );
    if (dataset.stateDict !== undefined) this.stateDict = () => dataset.stateDict!();
    if (dataset.loadStateDict !== undefined) this.loadStateDict = (state) => dataset.loadStateDict!(state);
  }

  get length(): number {
    return this.indices.length;
  }

  get labels(): readonly (number | string)[] | undefined {
    const { labels } = this.dataset;
    return labels && this.indices.map((index) => labels[index]!);
  }

  get classes(): readonly string[] | undefined {
    return this.dataset.classes;
  }

  get random(): boolean {
    return this.dataset.random === true;
  }

  /** @throws IndexError unless `index` is one of −`length` … `length` − 1. */
  get(index: number, epoch?: number): T | Promise<T> {
    return this.dataset.get(this.#at(index), epoch);
  }

  #at(position: number): number {
    return this.indices[resolveIndex("Subset", position, this.length)]!;
  }
}
