import {
  type Batch,
  DataLoader,
  type IterableDataset,
  RandomSampler,
  type Sample,
  SequentialSampler,
  ShuffleBuffer,
  TensorDataset,
  WeightedRandomSampler,
} from "@tapegrad/data";
import { ValueError, arange } from "@tapegrad/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const lengths = fc.integer({ min: 1, max: 60 });
const seeds = fc.integer();
const epochs = fc.nat(1000);

describe("samplers", () => {
  test("a sequential one takes all in order, in every epoch", () => {
    expect(new SequentialSampler(4).order()).toEqual([0, 1, 2, 3]);
  });

  test("a random one takes all exactly once, and an epoch is the same whenever it is asked", () => {
    fc.assert(
      fc.property(lengths, seeds, epochs, (length, seed, epoch) => {
        const order = new RandomSampler(length, { seed }).order(epoch);
        expect([...order].sort((a, b) => a - b)).toEqual(new SequentialSampler(length).order());
        expect(new RandomSampler(length, { seed }).order(epoch)).toEqual(order);
      }),
    );
  });

  test("a random one takes as many as asked: all come once before any comes again, or each is drawn from all", () => {
    fc.assert(
      fc.property(lengths, lengths, seeds, epochs, (length, numSamples, seed, epoch) => {
        const sampler = new RandomSampler(length, { seed, numSamples });
        const order = sampler.order(epoch);
        expect([sampler.length, order.length]).toEqual([numSamples, numSamples]);
        for (let at = 0; at < numSamples; at += length) {
          const round = order.slice(at, at + length);
          expect(new Set(round).size).toBe(round.length);
        }
        const drawn = new RandomSampler(length, { seed, numSamples, replacement: true }).order(epoch);
        expect(drawn.length).toBe(numSamples);
        expect(drawn.every((index) => Number.isInteger(index) && index >= 0 && index < length)).toBe(true);
      }),
    );
    const often = new RandomSampler(10, { numSamples: 10, replacement: true });
    const distinct = [0, 1, 2, 3, 4].map((epoch) => new Set(often.order(epoch)).size);
    expect(distinct.some((size) => size < 10)).toBe(true);
    expect(() => new RandomSampler(0, { numSamples: 2 })).toThrow("there are no examples to take 2 of");
  });

  test("a weighted one never takes what weighs nothing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 })),
        fc.array(fc.constant(0)),
        seeds,
        epochs,
        (some, zeros, seed, epoch) => {
          const weights = [...some, 1, ...zeros];
          const order = new WeightedRandomSampler(weights, 50, { seed }).order(epoch);
          expect(order.length).toBe(50);
          expect(order.every((index) => weights[index]! > 0)).toBe(true);
        },
      ),
    );
  });

  test("epochs and seeds differ in what is drawn", () => {
    const kinds = [
      (seed: number | string) => new RandomSampler(20, { seed }),
      (seed: number | string) => new WeightedRandomSampler(new Array<number>(20).fill(1), 20, { seed }),
    ];
    for (const make of kinds) {
      const orders = [0, 1, "a"].flatMap((seed) => [0, 1, 2, 10, 11].map((epoch) => make(seed).order(epoch).join()));
      expect(new Set(orders).size).toBe(orders.length);
    }
  });

  test("a weighted one takes each in proportion to its weight", () => {
    const count = 40_000;
    const taken = [0, 0, 0];
    for (const index of new WeightedRandomSampler([1, 2, 5], count, { seed: 3 }).order(0)) taken[index]!++;
    // Five standard deviations of a binomial.
    [1, 2, 5].forEach((weight, i) => {
      const p = weight / 8;
      expect(Math.abs(taken[i]! - count * p)).toBeLessThan(5 * Math.sqrt(count * p * (1 - p)));
    });
  });

  test("without replacement a weighted one takes none twice, and each as often as successive draws would", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 })), seeds, epochs, (some, seed, epoch) => {
        const weights = [...some, 1];
        const possible = weights.filter((weight) => weight > 0).length;
        const order = new WeightedRandomSampler(weights, possible, { seed, replacement: false }).order(epoch);
        expect(new Set(order).size).toBe(possible);
        expect(order.every((index) => weights[index]! > 0)).toBe(true);
      }),
    );
    // Two of three, weighing 1, 2 and 5: the first is left out with probability 2/8·5/6 + 5/8·2/3, and so on.
    const sampler = new WeightedRandomSampler([1, 2, 5], 2, { seed: 1, replacement: false });
    const runs = 6000;
    const left = [0, 0, 0];
    for (let epoch = 0; epoch < runs; epoch++) left[3 - sampler.order(epoch).reduce((a, b) => a + b)]!++;
    [
      (2 / 8) * (5 / 6) + (5 / 8) * (2 / 3),
      (1 / 8) * (5 / 7) + (5 / 8) * (1 / 3),
      (1 / 8) * (2 / 7) + (2 / 8) * (1 / 6),
    ].forEach((p, i) => expect(Math.abs(left[i]! - runs * p)).toBeLessThan(5 * Math.sqrt(runs * p * (1 - p))));
    expect(() => new WeightedRandomSampler([1, 0, 2], 3, { replacement: false })).toThrow(
      "WeightedRandomSampler: 3 draws without replacement need as many weights above 0, got 2",
    );
  });

  test("a loader takes what its sampler says, as many as it says", async () => {
    const dataset = new TensorDataset(arange(5), arange(5));
    const loader = new DataLoader(dataset, {
      batchSize: 2,
      warn: () => {},
      sampler: { length: 3, order: (epoch) => [4, epoch, 4] },
    });
    for (const epoch of [0, 1]) {
      const seen: number[][] = [];
      for await (const { inputs } of loader) seen.push([...inputs.dataSync()]);
      expect(seen).toEqual([[4, epoch], [4]]);
    }
    expect(loader.length).toBe(2);
  });

  test("weights that make no sense, and a second master of the order, are refused", () => {
    expect(() => new WeightedRandomSampler([1, -1])).toThrow(
      "weights must be finite and not negative, got -1 for example 1",
    );
    expect(() => new WeightedRandomSampler([1, NaN])).toThrow(ValueError);
    expect(() => new WeightedRandomSampler([0, 0])).toThrow("expected a weight above 0, got none");
    expect(() => new WeightedRandomSampler([1], 0)).toThrow("length must be a positive integer, got 0");
    const dataset = new TensorDataset(arange(5), arange(5));
    expect(() => new DataLoader(dataset, { shuffle: true, sampler: new SequentialSampler(5) })).toThrow(
      "leave out shuffle",
    );
  });
});

const count = (length: number): IterableDataset<number> => ({
  *iterate() {
    for (let i = 0; i < length; i++) yield i;
  },
});

const collect = async <T>(items: Iterable<T> | AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

describe("a shuffle buffer", () => {
  test("gives every example once, none more than size − 1 places early, and the same whenever it is asked", async () => {
    await fc.assert(
      fc.asyncProperty(lengths, lengths, seeds, epochs, async (length, size, seed, epoch) => {
        const buffer = new ShuffleBuffer(count(length), { size, seed });
        const order = await collect(buffer.iterate(epoch));
        expect([...order].sort((a, b) => a - b)).toEqual(new SequentialSampler(length).order());
        order.forEach((example, at) => expect(example - at).toBeLessThan(size));
        expect(await collect(buffer.iterate(epoch))).toEqual(order);
      }),
    );
    expect(await collect(new ShuffleBuffer(count(5), { size: 1 }).iterate(3))).toEqual([0, 1, 2, 3, 4]);
  });

  test("mixes: epochs and seeds differ, and with room for all every order comes up as often", async () => {
    const tallies = new Map<string, number>();
    const buffer = new ShuffleBuffer(count(3), { size: 3, seed: 2 });
    const runs = 1200;
    for (let epoch = 0; epoch < runs; epoch++) {
      const order = (await collect(buffer.iterate(epoch))).join();
      tallies.set(order, (tallies.get(order) ?? 0) + 1);
    }
    expect(tallies.size).toBe(6);
    for (const times of tallies.values())
      expect(Math.abs(times - runs / 6)).toBeLessThan(5 * Math.sqrt((runs * 5) / 36));
    // An example may wait long: the first to come is not the first to go.
    const waits = await Promise.all(
      Array.from({ length: 40 }, async (_, seed) =>
        (await collect(new ShuffleBuffer(count(60), { size: 6, seed }).iterate(0))).indexOf(0),
      ),
    );
    expect(Math.max(...waits)).toBeGreaterThan(8);
  });
});

describe("a loader of examples without numbers", () => {
  const samples = (length: number, known = false): IterableDataset<Sample> => ({
    async *iterate() {
      for (let i = 0; i < length; i++) yield { input: [i], target: 0 };
    },
    length: known ? length : undefined,
  });
  const sizes = async (batches: AsyncIterable<Batch>): Promise<number[]> =>
    (await collect(batches)).map(({ inputs }) => inputs.shape[0]!);

  test("cuts them into batches as they come", async () => {
    const loader = new DataLoader(samples(7, true), { batchSize: 3 });
    expect([loader.length, await sizes(loader)]).toEqual([3, [3, 3, 1]]);
    const dropping = new DataLoader(samples(7), { batchSize: 3, dropLast: true });
    expect([dropping.length, await sizes(dropping)]).toEqual([Infinity, [3, 3]]);
    expect(await sizes(loader.batches(0, { start: 2 }))).toEqual([1]);
    expect(await sizes(dropping.batches(0, { start: 2 }))).toEqual([]);
  });

  test("closes the source when it is left, and takes no more than it needs", async () => {
    let taken = 0;
    let closed = false;
    const source: IterableDataset<Sample> = {
      *iterate() {
        try {
          for (;;) yield { input: [taken++], target: 0 };
        } finally {
          closed = true;
        }
      },
    };
    for await (const _ of new DataLoader(source, { batchSize: 4 })) break;
    expect([taken, closed]).toEqual([4, true]);
  });

  test("says what does not go together", async () => {
    expect(() => new DataLoader(samples(3), { shuffle: true })).toThrow("put a ShuffleBuffer before it");
    expect(() => new DataLoader(samples(3), { sampler: new SequentialSampler(3) })).toThrow(ValueError);
    expect(() => new DataLoader(samples(0, true))).toThrow("DataLoader: the dataset is empty");
    const loader = new DataLoader(samples(3));
    expect(() => loader.order(0)).toThrow("the examples of an IterableDataset have no numbers");
    await expect(collect(loader.batches(2, { start: 5 }))).rejects.toThrow(
      "DataLoader: batch 5 of epoch 2 was asked for, but the examples ended after 3",
    );
    await expect(collect(new DataLoader({ iterate: () => 3 as never }))).rejects.toThrow(
      "DataLoader: iterate(epoch) must give something to loop over, got 3",
    );
    expect(() => new ShuffleBuffer([1, 2] as never)).toThrow("ShuffleBuffer: expected an IterableDataset");
    expect(() => new ShuffleBuffer(samples(3), { size: 0 })).toThrow("size must be a positive integer, got 0");
  });
});
