import {
  Incomparable,
  ValueError,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkSeed,
  refuseUnknownOptions,
} from "@tapegrad/tensor";
import { collate as collateSamples } from "./collate.ts";
import { checkDataset } from "./dataset.ts";
import type { Batch, Dataset, Sample } from "./dataset.ts";
import { giveWay } from "./give-way.ts";
import { RandomSampler, SequentialSampler, checkSampler } from "./sampler.ts";
import type { Sampler } from "./sampler.ts";

/** How a dataset is cut into batches. */
export interface DataLoaderOptions<T, B> {
  /** Examples in a batch. @default 1 */
  readonly batchSize?: number;
  /** Whether each epoch takes the examples in a new random order. @default false */
  readonly shuffle?: boolean;
  /** Decides the orders: epoch `e` of seed `s` is the same on every machine. @default 0 */
  readonly seed?: number | string;
  /** Which examples each epoch takes, in place of `shuffle` and `seed`. @default all of them */
  readonly sampler?: Sampler;
  /** Whether to leave out the examples that do not fill the last batch. @default false */
  readonly dropLast?: boolean;
  /** Makes a batch of examples. @default the dataset's `getBatch` if it has one, else `collate` */
  readonly collate?: (items: readonly T[]) => B | Promise<B>;
  /** Hears, once, that the last batch will hold a single example. @default `console.warn` */
  readonly warn?: (message: string) => void;
}

/**
 * Batches of a dataset, epoch after epoch: `for await (const { inputs, targets } of loader)`.
 *
 * A batch is made when the loop asks for it and not before, so a slow loop is never flooded; between batches, timers and
 * signals get their turn. Every loop over the loader is the next epoch; the order of an epoch depends on `seed` and the
 * epoch's number alone, so a run can be resumed by setting `epoch`.
 *
 * @throws ValueError if `batchSize` is not a positive integer, the dataset is empty, or there is a sampler and something else
 *   that decides the order.
 */
export class DataLoader<T = Sample, B = Batch> extends Incomparable implements AsyncIterable<B> {
  readonly dataset: Dataset<T>;
  readonly batchSize: number;
  readonly dropLast: boolean;
  readonly shuffle: boolean;
  readonly seed: number | string;
  readonly sampler: Sampler;
  /** The number of the next epoch. */
  epoch = 0;
  readonly #collate: DataLoaderOptions<T, B>["collate"];
  readonly #warn: (message: string) => void;
  #warned = false;

  constructor(dataset: Dataset<T>, options: DataLoaderOptions<T, B> = {}) {
    super();
    refuseUnknownOptions("DataLoader", options, [
      "batchSize",
      "shuffle",
      "seed",
      "sampler",
      "dropLast",
      "collate",
      "warn",
    ]);
    const {
      batchSize = 1,
      shuffle = false,
      seed = 0,
      sampler,
      dropLast = false,
      collate,
      warn = console.warn,
    } = options;
    checkDataset("DataLoader", dataset);
    checkInteger("DataLoader", "batchSize", batchSize, 1);
    checkBoolean("DataLoader", "shuffle", shuffle);
    checkBoolean("DataLoader", "dropLast", dropLast);
    checkSeed("DataLoader", seed);
    if (sampler !== undefined) checkSampler("DataLoader", sampler);
    if (collate !== undefined) checkFunction("DataLoader", "collate", collate);
    checkFunction("DataLoader", "warn", warn);
    if (dataset.length < 1) throw new ValueError("DataLoader: the dataset is empty");
    if (sampler !== undefined && shuffle)
      throw new ValueError("DataLoader: a sampler decides the order itself; leave out shuffle");
    this.sampler =
      sampler ?? (shuffle ? new RandomSampler(dataset.length, { seed }) : new SequentialSampler(dataset.length));
    if (dropLast && this.sampler.length < batchSize) {
      throw new ValueError(
        `DataLoader: dropLast leaves nothing of ${this.sampler.length} examples in batches of ${batchSize}`,
      );
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.shuffle = shuffle;
    this.seed = seed;
    this.dropLast = dropLast;
    this.#collate = collate;
    this.#warn = warn;
  }

  /** Batches in an epoch. */
  get length(): number {
    const batches = this.sampler.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** The next epoch. */
  [Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    return this.batches(this.epoch++);
  }

  /**
   * The batches of a certain epoch, from batch `start` on.
   *
   * @throws ValueError if `epoch` or `start` is not a non-negative integer, or `start` exceeds the number of batches.
   */
  batches(epoch: number, options: { readonly start?: number } = {}): AsyncGenerator<B, void, undefined> {
    refuseUnknownOptions("DataLoader.batches", options, ["start"]);
    const { start = 0 } = options;
    checkInteger("DataLoader.batches", "epoch", epoch, 0);
    checkInteger("DataLoader.batches", "start", start, 0);
    if (start > this.length)
      throw new ValueError(
        `DataLoader.batches: start must be at most ${this.length}, the number of batches, got ${start}`,
      );
    return this.#batches(epoch, start);
  }

  async *#batches(epoch: number, start: number): AsyncGenerator<B, void, undefined> {
    this.#warnOfSingle();
    const order = this.order(epoch);
    for (let batch = start; batch < this.length; batch++) {
      await giveWay();
      yield await this.#make(order.slice(batch * this.batchSize, (batch + 1) * this.batchSize), epoch);
    }
  }

  /** The examples' numbers in the order in which an epoch takes them. */
  order(epoch: number): readonly number[] {
    return this.sampler.order(epoch);
  }

  async #make(indices: readonly number[], epoch: number): Promise<B> {
    const { dataset } = this;
    if (this.#collate === undefined && dataset.getBatch !== undefined)
      return (await dataset.getBatch(indices, epoch)) as B;
    const items = await Promise.all(indices.map((index) => dataset.get(index, epoch)));
    if (this.#collate !== undefined) return this.#collate(items);
    return collateSamples(items as readonly Sample[]) as B;
  }

  #warnOfSingle(): void {
    const { batchSize, dropLast } = this;
    const count = this.sampler.length;
    if (this.#warned || dropLast || batchSize === 1 || count % batchSize !== 1) return;
    this.#warned = true;
    this.#warn(
      `DataLoader: the last of ${this.length} batches holds one example (${count} in batches of ${batchSize}); BatchNorm ` +
        "cannot train on a single value per channel. Use dropLast, or another batchSize.",
    );
  }
}
