import { ValueError } from "@tapegrad/tensor";
import type { Dataset } from "../datasets/dataset.ts";
import { isIterableDataset, type IterableDataset } from "../datasets/iterable-dataset.ts";
import { RandomSampler, type Sampler, SequentialSampler } from "./sampler.ts";

/**
 * The sampler of a dataset for which none is given. An `IterableDataset` has examples without numbers: its sampler knows at most how
 * many.
 */
export function samplerOf(
  dataset: Dataset<unknown> | IterableDataset<unknown>,
  shuffle: boolean,
  seed: number | string,
): Sampler {
  if (!isIterableDataset(dataset))
    return shuffle ? new RandomSampler(dataset.length, { seed }) : new SequentialSampler(dataset.length);
  const order = (): never => {
    throw new ValueError("DataLoader.order: the examples of an IterableDataset have no numbers");
  };
  return { length: dataset.length ?? Infinity, order };
}
