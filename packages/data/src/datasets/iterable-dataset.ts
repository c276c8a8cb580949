import type { Dataset, Sample } from "./dataset.ts";

/**
 * Examples that come one after another and have no numbers: lines of a file, rows of a table, what a server sends.
 *
 * ```ts
 * const numbers: IterableDataset = {
 *   *iterate() {
 *     for (let i = 0; i < 1000; i++) yield { input: [i], target: i % 2 };
 *   },
 * };
 * ```
 */
export interface IterableDataset<T = Sample> {
  /** The examples of an epoch: the same in the same order whenever they are asked for, or a run cannot be gone on with. */
  iterate(epoch: number): Iterable<T> | AsyncIterable<T>;
  /** How many examples an epoch has, where that is known. */
  readonly length?: number | undefined;
  /** Names what decides the order, such as a seed: a `DataLoader` refuses a state that was saved under another name. */
  readonly orderKey?: string | undefined;
}

export function isIterableDataset<T>(dataset: Dataset<T> | IterableDataset<T>): dataset is IterableDataset<T> {
  const { iterate, get } = Object(dataset) as { readonly iterate?: unknown; readonly get?: unknown };
  return typeof iterate === "function" && typeof get !== "function";
}
