import { Generator, ValueError } from "@tapegrad/tensor";
import { checkInteger, checkSeed, readOptions, showValue } from "@tapegrad/tensor/internal";
import type { Sample } from "./dataset.ts";
import { isIterableDataset, type IterableDataset } from "./iterable-dataset.ts";

/** How much is mixed. */
export interface ShuffleBufferOptions {
  /** How many examples wait to be drawn; as many as the dataset has make every order equally probable. @default 1000 */
  readonly size?: number;
  /** Decides the orders: epoch `e` of seed `s` is the same on every machine. @default 0 */
  readonly seed?: number | string;
}

/**
 * The examples of an `IterableDataset` in a random order that changes from epoch to epoch.
 *
 * A buffer is filled; each example that leaves it is drawn at random, and the next one takes its place. No example comes more
 * than `size − 1` places early. As torchdata's `Shuffler`.
 */
export class ShuffleBuffer<T = Sample> implements IterableDataset<T> {
  readonly dataset: IterableDataset<T>;
  readonly size: number;
  readonly seed: number | string;

  /** @throws ValueError unless the dataset has an `iterate(epoch)`, and `size` is a positive integer. */
  constructor(dataset: IterableDataset<T>, options: ShuffleBufferOptions = {}) {
    const { size, seed } = readOptions("ShuffleBuffer", options, { size: [1000], seed: [0, checkSeed] });
    if (!isIterableDataset(dataset))
      throw new ValueError(
        `ShuffleBuffer: expected an IterableDataset, with an iterate(epoch), got ${showValue(dataset)}`,
      );
    checkInteger("ShuffleBuffer", "size", size, 1);
    this.dataset = dataset;
    this.size = size;
    this.seed = seed;
  }

  get length(): number | undefined {
    return this.dataset.length;
  }

  get orderKey(): string {
    return `shuffled by ${this.size}, seed ${this.seed}, of ${this.dataset.orderKey ?? "another"}`;
  }

  async *iterate(epoch: number): AsyncGenerator<T, void, undefined> {
    const generator = new Generator(`${this.seed} epoch ${epoch}`);
    const waiting: T[] = [];
    for await (const item of this.dataset.iterate(epoch)) {
      if (waiting.length < this.size) {
        waiting.push(item);
        continue;
      }
      const at = generator.integer(this.size);
      const drawn = waiting[at]!;
      waiting[at] = item;
      yield drawn;
    }
    for (const at of generator.permutation(waiting.length)) yield waiting[at]!;
  }
}
