import { Generator, ValueError } from "@tapegrad/tensor";
import {
  isNumberArray,
  Incomparable,
  checkBoolean,
  checkInteger,
  checkSeed,
  integerFrom,
  orNull,
  showValue,
  readOptions,
} from "@tapegrad/tensor/internal";

/** Which examples an epoch takes, and in what order. */
export interface Sampler {
  /** How many examples an epoch takes. */
  readonly length: number;
  /** The examples' numbers in the order in which an epoch takes them; the same whenever it is asked. */
  order(epoch: number): readonly number[];
}

/** Every example, first to last, in every epoch. */
export class SequentialSampler implements Sampler {
  readonly length: number;

  /** @throws ValueError unless `length` is a non-negative integer. */
  constructor(length: number) {
    checkInteger("SequentialSampler", "length", length, 0);
    this.length = length;
  }

  order(): readonly number[] {
    return Array.from({ length: this.length }, (_, i) => i);
  }
}

/** What a `RandomSampler` takes in an epoch. */
export interface RandomSamplerOptions {
  /** Decides the orders: epoch `e` of seed `s` is the same on every machine. @default 0 */
  readonly seed?: number | string;
  /** Whether each example is drawn from all of them, so that one may come more than once. @default false */
  readonly replacement?: boolean;
  /** How many examples an epoch takes; without replacement, all come once before any comes again. @default all */
  readonly numSamples?: number | null;
}

/** Every example once an epoch, unless told otherwise, in an order that depends on the seed and the epoch's number alone. */
export class RandomSampler extends Incomparable implements Sampler {
  readonly length: number;
  readonly #examples: number;
  readonly #seed: number | string;
  readonly #replacement: boolean;

  /** @throws ValueError unless `length`, the number of examples, is a non-negative integer, and options are as described. */
  constructor(length: number, options: RandomSamplerOptions = {}) {
    super();
    const { seed, replacement, numSamples } = readOptions("RandomSampler", options, {
      seed: [0, checkSeed],
      replacement: [false, checkBoolean],
      numSamples: [null, orNull(integerFrom(1))],
    });
    checkInteger("RandomSampler", "length", length, 0);
    if (length === 0 && numSamples !== null)
      throw new ValueError(`RandomSampler: there are no examples to take ${numSamples} of`);
    this.length = numSamples ?? length;
    this.#examples = length;
    this.#seed = seed;
    this.#replacement = replacement;
  }

  order(epoch: number): readonly number[] {
    const generator = epochGenerator(this.#seed, epoch);
    if (this.#replacement) return Array.from({ length: this.length }, () => generator.integer(this.#examples));
    const order: number[] = [];
    while (order.length < this.length)
      for (const index of generator.permutation(this.#examples).subarray(0, this.length - order.length))
        order.push(index);
    return order;
  }
}

/** How a `WeightedRandomSampler` draws. */
export interface WeightedRandomSamplerOptions {
  /** Decides what is drawn: epoch `e` of seed `s` is the same on every machine. @default 0 */
  readonly seed?: number | string;
  /** Whether an example may come more than once in an epoch. Without, each draw is among those that are left. @default true */
  readonly replacement?: boolean;
}

/**
 * `length` examples an epoch: each draw takes example `i` with a probability in proportion to `weights[i]`.
 * For classes of unequal size, weigh each example by one over the size of its class.
 */
export class WeightedRandomSampler extends Incomparable implements Sampler {
  readonly length: number;
  readonly #seed: number | string;
  readonly #weights: readonly number[];
  readonly #replacement: boolean;
  /** Sums of the first weights. */
  readonly #sums: Float64Array;

  /**
   * @throws ValueError if a weight is negative or not finite, all are 0, or `length` is not a positive integer; without replacement, if
   *   fewer weights are above 0.
   */
  constructor(
    weights: ArrayLike<number>,
    length: number = weights?.length,
    options: WeightedRandomSamplerOptions = {},
  ) {
    super();
    const { seed, replacement } = readOptions("WeightedRandomSampler", options, {
      seed: [0, checkSeed],
      replacement: [true, checkBoolean],
    });
    if (!Array.isArray(weights) && !isNumberArray(weights))
      throw new ValueError(`WeightedRandomSampler: weights must be a list of numbers, got ${showValue(weights)}`);
    checkInteger("WeightedRandomSampler", "length", length, 1);
    this.#sums = new Float64Array(weights.length);
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i]!;
      if (!(Number.isFinite(weight) && weight >= 0)) {
        throw new ValueError(
          `WeightedRandomSampler: weights must be finite and not negative, got ${showValue(weight)} for example ${i}`,
        );
      }
      sum += weight;
      this.#sums[i] = sum;
    }
    if (!(sum > 0)) throw new ValueError("WeightedRandomSampler: expected a weight above 0, got none");
    if (!Number.isFinite(sum))
      throw new ValueError("WeightedRandomSampler: the weights sum to more than a number can be");
    this.#weights = Array.from(weights);
    const possible = this.#weights.filter((weight) => weight > 0).length;
    if (!replacement && possible < length)
      throw new ValueError(
        `WeightedRandomSampler: ${length} draws without replacement need as many weights above 0, got ${possible}`,
      );
    this.length = length;
    this.#seed = seed;
    this.#replacement = replacement;
  }

  order(epoch: number): readonly number[] {
    const generator = epochGenerator(this.#seed, epoch);
    if (!this.#replacement) return this.#race(generator);
    return Array.from({ length: this.length }, () => this.#draw(generator.next()));
  }

  /**
   * Each example arrives after an exponential time whose rate is its weight. The order of arrival is that of drawing without
   * replacement (Efraimidis & Spirakis 2006). Times are logarithms: small weights have times that no number can be.
   */
  #race(generator: Generator): readonly number[] {
    return this.#weights
      .map((weight, index) => ({ index, time: Math.log(-Math.log(1 - generator.next())) - Math.log(weight) }))
      .filter(({ index }) => this.#weights[index]! > 0)
      .sort((a, b) => a.time - b.time)
      .slice(0, this.length)
      .map(({ index }) => index);
  }

  /** The first example whose sum exceeds a part of the total, by bisection. */
  #draw(part: number): number {
    const sums = this.#sums;
    const wanted = part * sums.at(-1)!;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function epochGenerator(seed: number | string, epoch: number): Generator {
  return new Generator(`${seed} epoch ${epoch}`);
}

/** @throws ValueError naming `op` unless there is something with a `length` and an `order`. */
export function checkSampler(op: string, sampler: unknown): void {
  const { length, order } = Object(sampler) as Partial<Sampler>;
  if (Number.isInteger(length) && typeof order === "function") return;
  throw new ValueError(`${op}: sampler must have a length and an order(epoch), got ${showValue(sampler)}`);
}
