import { Generator, ValueError } from "@tapegrad/tensor";
import {
  Incomparable,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkSeed,
  nextTask,
  readOptions,
  refuseUnknownOptions,
  showValue,
} from "@tapegrad/tensor/internal";
import { type Batch, checkDataset, type Dataset, type Sample } from "../datasets/dataset.ts";
import { isIterableDataset, type IterableDataset } from "../datasets/iterable-dataset.ts";
import { checkTransform } from "../transforms/compose.ts";
import { collate as collateSamples } from "./collate.ts";
import type { DataLoaderOptions } from "./data-loader-options.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { inRuns } from "./in-runs.ts";
import { checksumOf, checksumOfText, type LoaderState, readLoaderState, type Resumable } from "./loader-state.ts";
import { LoaderWarnings } from "./loader-warnings.ts";
import { asyncOnly, refuseSyncLoop } from "./refuse-sync-loop.ts";
import { samplerOf } from "./sampler-of.ts";
import { checkSampler, type Sampler } from "./sampler.ts";

/**
 * Batches of a dataset, epoch after epoch: `for await (const { inputs, targets } of loader)`.
 *
 * A batch is made when the loop asks for it and not before, so a slow loop is never flooded; between batches, timers and
 * signals get their turn. Every loop over the loader is the next epoch, also after one that was left early; the order of an
 * epoch depends on `seed` and the epoch's number alone.
 *
 * A run that was interrupted goes on where it was, to the bit: keep `loader.stateDict()`, give it to `loadStateDict` of
 * a loader made in the same way, and the next loop gives what was left of the epoch. Random changes of an example
 * depend on seed, epoch and example alone. A dataset with a state of its own has `stateDict` and `loadStateDict` as
 * well.
 *
 * An `IterableDataset` is cut into batches in its own order; to go on, the examples that were used are passed over.
 *
 * @throws ValueError if `batchSize` is not a positive integer, the dataset is empty, there is a sampler and something else
 *   that decides the order, or an `IterableDataset` and either.
 */
export class DataLoader<T = Sample, B = Batch> extends Incomparable implements AsyncIterable<B>, Resumable {
  readonly dataset: Dataset<T> | IterableDataset<T>;
  readonly batchSize: number;
  readonly dropLast: boolean;
  readonly shuffle: boolean;
  readonly seed: number | string;
  readonly sampler: Sampler;
  readonly #collate: DataLoaderOptions<T, B>["collate"];
  readonly #batchTransform: DataLoaderOptions<T, B>["batchTransform"];
  readonly #warnings: LoaderWarnings;
  /** The epoch of the next loop, and the batch that it begins with. */
  #next = { epoch: 0, batch: 0 };
  /** The epoch of the loop that is under way. */
  #current: number | null = null;
  /** Where the last loop was left, or is. */
  #place: LoaderState | null = null;

  constructor(dataset: Dataset<T> | IterableDataset<T>, options: DataLoaderOptions<T, B> = {}) {
    super();
    refuseUnknownOptions("DataLoader", options, [
      "batchSize",
      "shuffle",
      "seed",
      "sampler",
      "dropLast",
      "collate",
      "batchTransform",
      "warn",
    ]);
    const {
      batchSize = 1,
      shuffle = false,
      seed = 0,
      sampler,
      dropLast = false,
      collate,
      batchTransform,
      warn = console.warn,
    } = options;
    if (!isIterableDataset(dataset)) checkDataset("DataLoader", dataset);
    checkInteger("DataLoader", "batchSize", batchSize, 1);
    checkBoolean("DataLoader", "shuffle", shuffle);
    checkBoolean("DataLoader", "dropLast", dropLast);
    checkSeed("DataLoader", "seed", seed);
    if (sampler !== undefined) checkSampler("DataLoader", sampler);
    if (collate !== undefined) checkFunction("DataLoader", "collate", collate);
    if (batchTransform !== undefined) checkTransform("DataLoader", batchTransform);
    checkFunction("DataLoader", "warn", warn);
    if (dataset.length !== undefined && dataset.length < 1) throw new ValueError("DataLoader: the dataset is empty");
    if (sampler !== undefined && shuffle)
      throw new ValueError("DataLoader: a sampler decides the order itself; leave out shuffle");
    if (isIterableDataset(dataset) && (shuffle || sampler !== undefined))
      throw new ValueError(
        "DataLoader: an IterableDataset has an order of its own; leave out shuffle and sampler, or put a ShuffleBuffer before it",
      );
    this.sampler = sampler ?? samplerOf(dataset, shuffle, seed);
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
    this.#batchTransform = batchTransform;
    this.#warnings = new LoaderWarnings(warn);
  }

  /** Batches in an epoch; infinity for an `IterableDataset` that does not know its length. */
  get length(): number {
    const batches = this.sampler.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** The number of the epoch that is under way, or else of the next one. */
  get epoch(): number {
    return this.#current ?? this.#next.epoch;
  }

  /** The next loop is this epoch, from its beginning. */
  set epoch(epoch: number) {
    checkInteger("DataLoader", "epoch", epoch, 0);
    this.#next = { epoch, batch: 0 };
    this.#place = null;
  }

  /** The next epoch, or what is left of the one whose state was loaded. */
  [Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    const { epoch, batch } = this.#next;
    this.#next = { epoch: epoch + 1, batch: 0 };
    return asyncOnly(this.#epoch(epoch, batch), "DataLoader");
  }

  /**
   * The place in the epoch: inside a loop and after leaving it, behind the batch that the loop was given last. For a loop over
   * `prefetch(loader)`, which is ahead, ask that instead.
   */
  stateDict(): LoaderState {
    return this.#place ?? this.#stateAt(this.#next.epoch, this.#next.batch);
  }

  /**
   * Lets the next loop begin at a place that `stateDict` gave, perhaps through JSON or a file.
   *
   * @throws ValueError if it is none, or this loader would take other examples than the one that gave it; nothing is changed then.
   */
  loadStateDict(state: LoaderState): void {
    const op = "DataLoader.loadStateDict";
    const { epoch, batch, batchSize, order, seed, dataset } = readLoaderState(op, state);
    if (batchSize !== this.batchSize)
      throw new ValueError(
        `${op}: the state is of batches of ${batchSize}, this loader makes batches of ${this.batchSize}`,
      );
    if (batch > this.length)
      throw new ValueError(`${op}: the state is after ${batch} batches, this loader has ${this.length}`);
    if (order !== this.#checksum(epoch))
      throw new ValueError(
        `${op}: this loader takes the examples of epoch ${epoch} in another order; has it another seed?`,
      );
    if (seed !== this.#drawsFrom)
      throw new ValueError(
        `${op}: batchTransform draws from the seed ${showValue(this.#drawsFrom)} here, and from ${showValue(seed)} in the state`,
      );
    if (dataset !== undefined) {
      if (isIterableDataset(this.dataset) || typeof this.dataset.loadStateDict !== "function")
        throw new ValueError(`${op}: the state has one of a dataset, but this dataset has no loadStateDict`);
      this.dataset.loadStateDict(dataset);
    }
    this.#next = { epoch, batch };
    this.#place = null;
    this.#current = null;
  }

  /**
   * The batches of a certain epoch, from batch `start` on.
   *
   * @throws ValueError if `epoch` or `start` is not a non-negative integer, or `start` exceeds the number of batches.
   */
  batches(epoch: number, options: { readonly start?: number } = {}): AsyncGenerator<B, void, undefined> {
    const { start } = readOptions("DataLoader.batches", options, { start: [0] });
    checkInteger("DataLoader.batches", "epoch", epoch, 0);
    checkInteger("DataLoader.batches", "start", start, 0);
    if (start > this.length)
      throw new ValueError(
        `DataLoader.batches: start must be at most ${this.length}, the number of batches, got ${start}`,
      );
    return asyncOnly(this.#batches(epoch, start), "DataLoader");
  }

  /** The batches of an epoch, keeping track of the place. */
  async *#epoch(epoch: number, start: number): AsyncGenerator<B, void, undefined> {
    this.#current = epoch;
    this.#place = this.#stateAt(epoch, start);
    const { order } = this.#place;
    let batch = start;
    try {
      for await (const each of this.#batches(epoch, start)) {
        this.#place = this.#stateAt(epoch, ++batch, order);
        yield each;
      }
      this.#place = null;
    } finally {
      if (this.#current === epoch) this.#current = null;
    }
  }

  async *#batches(epoch: number, start: number): AsyncGenerator<B, void, undefined> {
    const { dataset } = this;
    if (isIterableDataset(dataset)) return yield* this.#stream(dataset, epoch, start);
    if (!this.dropLast) this.#warnings.ofSingle(this.sampler.length, this.batchSize, this.length);
    const order = this.order(epoch);
    for (let batch = start; batch < this.length; batch++) {
      // Timers, signals such as Ctrl-C and the reclaiming of lost tensors get their turn.
      await nextTask();
      const indices = order.slice(batch * this.batchSize, (batch + 1) * this.batchSize);
      yield this.#change(await this.#make(dataset, indices, epoch), epoch, batch);
    }
  }

  async *#stream(dataset: IterableDataset<T>, epoch: number, start: number): AsyncGenerator<B, void, undefined> {
    let batch = 0;
    for await (const items of inRuns(dataset.iterate(epoch), this.batchSize, this.dropLast)) {
      if (batch >= start) {
        await nextTask();
        yield this.#change(await this.#collateItems(items), epoch, batch);
      }
      batch++;
    }
    if (batch < start)
      throw new ValueError(
        `DataLoader: batch ${start} of epoch ${epoch} was asked for, but the examples ended after ${batch}`,
      );
  }

  #stateAt(epoch: number, batch: number, order = this.#checksum(epoch)): LoaderState {
    const { batchSize, dataset } = this;
    const seed = this.#drawsFrom;
    const place = { epoch, batch, batchSize, order, ...(seed !== undefined && { seed }) };
    if (isIterableDataset(dataset) || dataset.stateDict === undefined) return place;
    return { ...place, dataset: dataset.stateDict() };
  }

  /** The seed of what chance does to batches, if it does anything. */
  get #drawsFrom(): string | undefined {
    return this.#batchTransform === undefined ? undefined : String(this.seed);
  }

  #checksum(epoch: number): number {
    return isIterableDataset(this.dataset)
      ? checksumOfText(this.dataset.orderKey ?? "")
      : checksumOf(this.order(epoch));
  }

  /** The examples' numbers in the order in which an epoch takes them. @throws ValueError for an `IterableDataset`, whose examples have none. */
  order(epoch: number): readonly number[] {
    return this.sampler.order(epoch);
  }

  /**
   * A checksum by which other data are told: of how many batches of what size there are, of the first batch of epoch 0, and of 16
   * examples that are spread over it, changes by chance included. Nothing is drawn and no place is moved.
   */
  async fingerprint(): Promise<string> {
    return fingerprintOf(this);
  }

  async #make(dataset: Dataset<T>, indices: readonly number[], epoch: number): Promise<B> {
    if (this.#collate === undefined && dataset.getBatch !== undefined)
      return (await dataset.getBatch(indices, epoch)) as B;
    return this.#collateItems(await Promise.all(indices.map((index) => dataset.get(index, epoch))));
  }

  async #collateItems(items: readonly T[]): Promise<B> {
    if (this.#collate !== undefined) return this.#collate(items);
    const batch = collateSamples(items as readonly Sample[]);
    this.#warnings.ofDType(batch.targets.dtype);
    return batch as B;
  }

  #change(batch: B, epoch: number, number: number): B {
    return this.#batchTransform === undefined
      ? batch
      : this.#batchTransform.apply(batch, new Generator(`${this.seed} epoch ${epoch} batch ${number}`));
  }
}

refuseSyncLoop(DataLoader.prototype, "DataLoader");
