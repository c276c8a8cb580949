import { DataLoader, RandomSampler, SequentialSampler, TensorDataset, WeightedRandomSampler } from "@tapegrad/data";
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
