import { collate, DataLoader, type Dataset, ImageDataset, type Sample, TensorDataset } from "@tapegrad/data";
import { IndexError, ShapeError, Tensor, ValueError, arange, tensor, zeros } from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Numbers 0 … length − 1 that count how often they are asked for. */
class Counting implements Dataset<number> {
  readonly length: number;
  asked = 0;

  constructor(length: number) {
    this.length = length;
  }

  get(index: number): number {
    this.asked++;
    return index;
  }
}

const listed = { collate: (items: readonly number[]) => [...items], warn: () => {} };

async function all<B>(batches: AsyncIterable<B>): Promise<B[]> {
  const found: B[] = [];
  for await (const batch of batches) found.push(batch);
  return found;
}

describe("DataLoader", () => {
  const sizes = fc.record({
    length: fc.integer({ min: 1, max: 40 }),
    batchSize: fc.integer({ min: 1, max: 12 }),
    shuffle: fc.boolean(),
    seed: fc.nat(),
  });

  test("every epoch holds every example exactly once, in batches full but for the last", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ length, ...options }) => {
        const loader = new DataLoader(new Counting(length), { ...options, ...listed });
        for (let epoch = 0; epoch < 2; epoch++) {
          const batches = await all(loader);
          expect(batches).toHaveLength(loader.length);
          expect(batches.slice(0, -1).every((batch) => batch.length === options.batchSize)).toBe(true);
          expect(batches.flat().sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
        }
      }),
    );
  });

  test("dropLast leaves out what does not fill a batch, and nothing else", async () => {
    const batches = await all(new DataLoader(new Counting(11), { batchSize: 4, dropLast: true, ...listed }));
    expect(batches).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
  });

  test("each epoch has another order; the same seed has the same orders", async () => {
    const loader = () => new DataLoader(new Counting(50), { batchSize: 50, shuffle: true, seed: 7, ...listed });
    const [one, two] = [loader(), loader()];
    const epochs = [await all(one), await all(one), await all(one)];
    expect(new Set(epochs.map((epoch) => JSON.stringify(epoch))).size).toBe(3);
    expect([await all(two), await all(two), await all(two)]).toEqual(epochs);
    const other = new DataLoader(new Counting(50), { batchSize: 50, shuffle: true, seed: 8, ...listed });
    expect(await all(other)).not.toEqual(epochs[0]);
  });

  test("a dataset hears which epoch it is, example by example or batch by batch", async () => {
    const heard = { length: 3, get: (index: number, epoch?: number) => [index, epoch] as const };
    const options = { batchSize: 2, warn: () => {} };
    const one = new DataLoader<readonly unknown[], unknown>(heard, { ...options, collate: (items) => items });
    const batchwise = {
      ...heard,
      getBatch: (indices: readonly number[], epoch?: number) => indices.map((index) => [index, epoch]) as never,
    };
    const two = new DataLoader<readonly unknown[], unknown>(batchwise, options);
    for (const loader of [one, two]) {
      for (const epoch of [0, 1]) {
        expect(await all(loader)).toEqual([
          [
            [0, epoch],
            [1, epoch],
          ],
          [[2, epoch]],
        ]);
      }
      expect(await all(loader.batches(7, { start: 1 }))).toEqual([[[2, 7]]]);
    }
  });

  test("a run resumes in the middle of an epoch", async () => {
    const options = { batchSize: 3, shuffle: true, seed: "resume", ...listed };
    const first = new DataLoader(new Counting(20), options);
    await all(first);
    const whole = await all(first);
    expect(await all(new DataLoader(new Counting(20), options).batches(1, { start: 4 }))).toEqual(whole.slice(4));
  });

  test("what an epoch cannot begin with is refused at the call, before anything is read", () => {
    const loader = new DataLoader(new Counting(20), { batchSize: 3, ...listed });
    const wrong: readonly (readonly [() => unknown, string])[] = [
      [() => loader.batches(-1), "DataLoader.batches: epoch must be a non-negative integer, got -1"],
      [() => loader.batches(0.5), "DataLoader.batches: epoch must be a non-negative integer, got 0.5"],
      [() => loader.batches("1" as never), 'epoch must be a non-negative integer, got "1"'],
      [() => loader.batches(0, { start: -1 }), "DataLoader.batches: start must be a non-negative integer, got -1"],
      [
        () => loader.batches(0, { start: 8 }),
        "DataLoader.batches: start must be at most 7, the number of batches, got 8",
      ],
      [() => loader.batches(0, { from: 1 } as object), "DataLoader.batches: unknown option from"],
      [() => loader.batches(0, 1 as never), "DataLoader.batches: expected an object of options (start), got 1"],
    ];
    for (const [call, message] of wrong) {
      expect(call).toThrow(ValueError);
      expect(call).toThrow(message);
    }
  });

  test("an epoch may begin after its last batch: then it is over", async () => {
    const loader = new DataLoader(new Counting(20), { batchSize: 3, ...listed });
    expect(await all(loader.batches(0, { start: 7 }))).toEqual([]);
  });

  test("shuffling favours no position", () => {
    const loader = new DataLoader(new Counting(5), { shuffle: true });
    const counts = Array.from({ length: 5 }, () => 0);
    for (let epoch = 0; epoch < 5000; epoch++) counts[loader.order(epoch).indexOf(0)]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test("makes a batch when it is asked for, and not before", async () => {
    const dataset = new Counting(100);
    const batches = new DataLoader(dataset, { batchSize: 10, ...listed })[Symbol.asyncIterator]();
    expect(dataset.asked).toBe(0);
    await batches.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(dataset.asked).toBe(10);
  });

  test("timers get their turn between batches", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    for await (const _ of new DataLoader(new Counting(40), listed))
      for (const end = performance.now() + 1; performance.now() < end;);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });

  test("a failure of the dataset or of collate reaches the loop", async () => {
    const failing: Dataset<number> = { length: 3, get: (i) => (i === 2 ? Promise.reject(new Error("unreadable")) : i) };
    await expect(all(new DataLoader(failing, { batchSize: 2, ...listed }))).rejects.toThrow("unreadable");
  });

  test.each([
    { length: 9, batchSize: 4, dropLast: false, warnings: 1 },
    { length: 9, batchSize: 4, dropLast: true, warnings: 0 },
    { length: 8, batchSize: 4, dropLast: false, warnings: 0 },
    { length: 9, batchSize: 1, dropLast: false, warnings: 0 },
  ])(
    "warns once of a last batch of one: $length in batches of $batchSize, dropLast $dropLast",
    async ({ length, warnings, ...options }) => {
      const heard: string[] = [];
      const loader = new DataLoader(new Counting(length), {
        ...options,
        collate: listed.collate,
        warn: (message) => heard.push(message),
      });
      await all(loader);
      await all(loader);
      expect(heard).toHaveLength(warnings);
      if (warnings > 0) expect(heard[0]).toContain("the last of 3 batches holds one example (9 in batches of 4)");
    },
  );

  test.each([0, -1, 1.5, Number.NaN])("refuses batches of %d", (batchSize) => {
    expect(() => new DataLoader(new Counting(3), { batchSize })).toThrow(
      `batchSize must be a positive integer, got ${batchSize}`,
    );
  });

  test("refuses an empty dataset, and dropLast that leaves nothing", () => {
    expect(() => new DataLoader(new Counting(0))).toThrow(ValueError);
    expect(() => new DataLoader(new Counting(3), { batchSize: 4, dropLast: true })).toThrow(
      "dropLast leaves nothing of 3 examples in batches of 4",
    );
  });

  test("says what to do if examples are no samples and there is no collate", async () => {
    await expect(all(new DataLoader(new Counting(2)))).rejects.toThrow("give the DataLoader a collate of its own");
  });
});

eachDevice(() => {
  test("a TensorDataset's batches are the rows asked for", async () => {
    const dataset = new TensorDataset(
      tensor([
        [0, 1],
        [2, 3],
        [4, 5],
      ]),
      arange(3, undefined, { dtype: "int32" }),
    );
    const loader = new DataLoader(dataset, { batchSize: 2, shuffle: true, warn: () => {} });
    const order = loader.order(0);
    const batches = await all(loader);
    expect(batches.map(({ inputs, targets }) => [inputs.shape, targets.shape])).toEqual([
      [[2, 2], [2]],
      [[1, 2], [1]],
    ]);
    expect(batches.flatMap(({ targets }) => [...targets.dataSync()])).toEqual(order);
    expect(batches.flatMap(({ inputs }) => [...inputs.dataSync()])).toEqual(order.flatMap((i) => [2 * i, 2 * i + 1]));
  });

  test("collate stacks samples", () => {
    const sample = (values: number[], target: number): Sample => ({
      input: { values: Float32Array.from(values), shape: [1, 2] },
      target,
    });
    const { inputs, targets } = collate([sample([1, 2], 3), sample([4, 5], 6)]);
    expect(inputs.shape).toEqual([2, 1, 2]);
    expect([...inputs.dataSync()]).toEqual([1, 2, 4, 5]);
    expect(targets.dtype).toBe("int32");
    expect([...targets.dataSync()]).toEqual([3, 6]);
  });
}, ["wasm", "gpu:webasm"]);

describe("datasets", () => {
  test("TensorDataset refuses rows of different counts, scalars and rows that do not exist", () => {
    expect(() => new TensorDataset(zeros([3, 2]), zeros([2]))).toThrow("3 inputs but 2 targets");
    expect(() => new TensorDataset(zeros([]), zeros([2]))).toThrow(ShapeError);
    expect(() => new TensorDataset(zeros([3]), zeros([3])).get(3)).toThrow(
      "TensorDataset: index 3 is out of range for 3 examples",
    );
  });

  test("collate refuses samples of different shapes, and none", () => {
    const sample = (count: number): Sample => ({
      input: { values: new Float32Array(count), shape: [count] },
      target: 0,
    });
    expect(() => collate([sample(2), sample(3)])).toThrow(
      "collate: input of sample 1 has shape [3], that of sample 0 has [2]",
    );
    expect(() => collate([])).toThrow(ValueError);
  });

  test("ImageDataset normalises each channel by its own mean and deviation, alone and in batches", () => {
    const options = {
      images: Uint8Array.of(0, 255, 51, 102, 0, 0, 0, 0),
      labels: Uint8Array.of(4, 2),
      shape: [2, 1, 2] as const,
    };
    const dataset = new ImageDataset({ ...options, mean: [0, 0.2], std: [1, 0.5] });
    expectClose(dataset.get(0).input.values as Float32Array, [0, 1, 0, 0.4]);
    const { inputs, targets } = dataset.getBatch([1, 0]);
    expect(inputs.shape).toEqual([2, 2, 1, 2]);
    expectClose(inputs, [0, 0, -0.4, -0.4, 0, 1, 0, 0.4]);
    expect([...targets.dataSync()]).toEqual([2, 4]);
    expect(inputs).toBeInstanceOf(Tensor);
  });

  test("ImageDataset refuses sizes and statistics that do not fit", () => {
    const options = { images: new Uint8Array(8), labels: new Uint8Array(2), shape: [1, 2, 2] as const };
    expect(() => new ImageDataset({ ...options, labels: new Uint8Array(3) })).toThrow(
      "3 pictures of shape [1, 2, 2] take 12 bytes, got 8",
    );
    expect(() => new ImageDataset({ ...options, mean: [0, 0] })).toThrow("1 channels need 1 values of mean, got 2");
    expect(() => new ImageDataset({ ...options, std: 0 })).toThrow("std must be positive, got 0");
    for (const index of [-1, 2, 0.5]) expect(() => new ImageDataset(options).get(index)).toThrow(IndexError);
  });
});
