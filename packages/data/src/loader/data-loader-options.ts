import type { Transform } from "../transforms/transform.ts";
import type { Sampler } from "./sampler.ts";

/** How a dataset is cut into batches. */
export interface DataLoaderOptions<T, B> {
  /** Examples in a batch. @default 1 */
  readonly batchSize?: number;
  /** Whether each epoch takes the examples in a new random order. @default false */
  readonly shuffle?: boolean;
  /** Decides the orders and what `batchTransform` does: epoch `e` of seed `s` is the same on every machine. @default 0 */
  readonly seed?: number | string;
  /** Which examples each epoch takes, in place of `shuffle` and `seed`. @default all of them */
  readonly sampler?: Sampler;
  /** Whether to leave out the examples that do not fill the last batch. @default false */
  readonly dropLast?: boolean;
  /** Makes a batch of examples. @default the dataset's `getBatch` if it has one, else `collate` */
  readonly collate?: (items: readonly T[]) => B | Promise<B>;
  /**
   * Changes each batch, as `MixUp` does. What chance does depends on `seed`, the epoch and the batch's number alone, so a run that is
   * gone on with sees the same.
   * @default none
   */
  readonly batchTransform?: Transform<B, B>;
  /** Hears, once each, that the last batch will hold a single example, and that targets change their dtype. @default `console.warn` */
  readonly warn?: (message: string) => void;
}
