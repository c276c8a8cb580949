import {
  type Batch,
  collate,
  ConcatDataset,
  DataLoader,
  type Dataset,
  ImageDataset,
  Normalize,
  type Picture,
  prefetch,
  RandomCrop,
  RandomHorizontalFlip,
  Compose,
  type Sample,
  split,
  type SplitOptions,
  Subset,
  TensorDataset,
  ToTensor,
  TransformedImages,
} from "@tapegrad/data";
import { DTypeError, IndexError, ShapeError, ValueError, arange, tensor, zeros } from "@tapegrad/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Examples that are their numbers. */
class Numbers implements Dataset<Sample> {
  readonly length: number;
  readonly labels?: readonly (number | string)[];
  readonly first: number;

  constructor(length: number, options: { labels?: readonly (number | string)[]; first?: number } = {}) {
    this.length = length;
    this.first = options.first ?? 0;
    if (options.labels !== undefined) this.labels = options.labels;
  }

  get(index: number): Sample {
    return { input: [this.first + index], target: index };
  }
}

const inputsOf = async (batches: AsyncIterable<Batch>): Promise<number[]> => {
  const seen: number[] = [];
  for await (const { inputs } of batches) seen.push(...(await inputs.data()));
  return seen;
};

const plain = new ToTensor();
const augment = new Compose([new RandomCrop(4, { padding: 2 }), new RandomHorizontalFlip(), new ToTensor()]);
const pictures = (channels: 1 | 3 = 3, count = 10): ImageDataset =>
  new ImageDataset({
    images: Uint8Array.from({ length: count * channels * 16 }, (_, i) => (i * 37) % 251),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 2),
    shape: [channels, 4, 4],
  });

/** Up to four fractions that sum to 1, none below 1/13. */
const fractions = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
  .map((weights) => weights.map((weight) => weight / weights.reduce((a, b) => a + b)));
const seeds = fc.oneof(fc.nat(), fc.string());

describe("laws of split", () => {
  test("parts are disjoint, complete, of PyTorch's sizes, and the same for the same seed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 13, max: 80 }), fractions, seeds, (count, parts, seed) => {
        const subsets = split(new Numbers(count), parts, { seed });
        const all = subsets.flatMap(({ indices }) => [...indices]);
        expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        const down = parts.map((fraction) => Math.floor(count * fraction));
        const left = count - down.reduce((a, b) => a + b);
        expect(subsets.map(({ length }) => length)).toEqual(down.map((size, i) => size + (i < left ? 1 : 0)));
        expect(split(new Numbers(count), parts, { seed }).map(({ indices }) => indices)).toEqual(
          subsets.map(({ indices }) => indices),
        );
        const lengths = subsets.map(({ length }) => length);
        expect(split(new Numbers(count), lengths, { seed }).map(({ indices }) => indices)).toEqual(
          subsets.map(({ indices }) => indices),
        );
      }),
    );
  });

  test("stratified, each part has of each class what is due to it, rounded up or down, and keeps its size", () => {
    fc.assert(
      fc.property(
        // A part has an example for each class, and a class one for each part.
        fc.array(fc.integer({ min: 13, max: 30 }), { minLength: 1, maxLength: 5 }),
        fractions,
        seeds,
        fc.boolean(),
        (classSizes, parts, seed, sorted) => {
          const inOrder = classSizes.flatMap((size, label) => new Array<string>(size).fill(`class ${label}`));
          const labels = sorted ? inOrder : inOrder.map((_, i) => inOrder[(i * 7919) % inOrder.length]!);
          const sizeOf = new Map<string, number>();
          for (const label of labels) sizeOf.set(label, (sizeOf.get(label) ?? 0) + 1);
          const count = labels.length;
          const subsets = split(new Numbers(count, { labels }), parts, { seed, stratify: true });
          expect(subsets.map(({ length }) => length)).toEqual(
            split(new Numbers(count), parts).map(({ length }) => length),
          );
          expect(new Set(subsets.flatMap(({ indices }) => [...indices])).size).toBe(count);
          for (const { labels: mine, length } of subsets)
            for (const [label, size] of sizeOf) {
              const got = mine!.filter((each) => each === label).length;
              expect(Math.abs(got - (size * length) / count)).toBeLessThan(1);
            }
        },
      ),
    );
  });

  test("no group is in two parts, and a part exceeds its size by less than a group", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 13, maxLength: 30 }),
        fractions,
        seeds,
        fc.boolean(),
        (groupSizes, parts, seed, stratify) => {
          const groups = groupSizes.flatMap((size, i) => new Array<string>(size).fill(`patient ${i}`));
          const labels = groups.map((_, i) => i % 3);
          const count = groups.length;
          const subsets = split(new Numbers(count, { labels }), parts, { seed, groups, stratify });
          const inParts = subsets.map(({ indices }) => new Set(indices.map((index) => groups[index]!)));
          expect(inParts.reduce((sum, { size }) => sum + size, 0)).toBe(groupSizes.length);
          expect(subsets.reduce((sum, { length }) => sum + length, 0)).toBe(count);
          expect(subsets.every(({ length }) => length > 0)).toBe(true);
          if (stratify) return;
          subsets.forEach(({ length }, i) => {
            expect(length - count * parts[i]!).toBeLessThan(Math.max(...groupSizes) + 1);
          });
        },
      ),
    );
  });
});

describe("split", () => {
  test("shuffles before it cuts, anew for each seed", () => {
    const orders = [0, 1, "a"].map((seed) => split(new Numbers(40), [0.5, 0.5], { seed })[0].indices.join());
    expect(new Set(orders).size).toBe(3);
    expect(split(new Numbers(40), [20, 20])[0].indices.some((index) => index >= 20)).toBe(true);
  });

  test("what rounding leaves falls to each class with the same chance", () => {
    // Of 3 and 7 examples, one part of two gets 1.5 and 3.5: 1 and 4, or 2 and 3.
    const labels = [0, 0, 0, 1, 1, 1, 1, 1, 1, 1];
    let more = 0;
    for (let seed = 0; seed < 400; seed++) {
      const [part] = split(new Numbers(10, { labels }), [0.5, 0.5], { seed, stratify: true });
      more += part.labels!.filter((label) => label === 0).length - 1;
    }
    expect(Math.abs(more - 200)).toBeLessThan(50);
  });

  test("classes are balanced over groups as far as groups allow", () => {
    // Groups of one class each: chance alone would often leave a part without one.
    const groups = Array.from({ length: 60 }, (_, i) => Math.floor(i / 6));
    const labels = groups.map((group) => (group < 5 ? "a" : "b"));
    for (let seed = 0; seed < 20; seed++) {
      const [, held] = split(new Numbers(60, { labels }), [0.8, 0.2], { seed, groups, stratify: true });
      expect(held.labels!.filter((label) => label === "a")).toHaveLength(6);
      expect(held).toHaveLength(12);
    }
  });

  test("each part has its own transform: what augments training does not touch validation", async () => {
    const [train, held] = split(pictures(), [0.6, 0.4], { seed: 3, transforms: [augment, plain] });
    expect([train.random, held.random]).toEqual([true, false]);
    for (const index of held.indices) {
      const position = held.indices.indexOf(index);
      const sample = (await held.get(position, 7)) as Sample;
      expect(sample).toEqual(new TransformedImages(pictures(), plain).get(index, 0));
      expect(sample.target).toBe(index % 2);
    }
    const epochs = await Promise.all([0, 1, 0].map(async (epoch) => collate([(await train.get(0, epoch)) as Sample])));
    const [first, second, again] = await Promise.all(epochs.map(async ({ inputs }) => [...(await inputs.data())]));
    expect(second).not.toEqual(first);
    expect(again).toEqual(first);
  });

  test("a transform takes the place of the dataset's own, also within subsets and joined datasets; null leaves it", () => {
    const own = new TransformedImages(pictures(), augment, { seed: "own" });
    const nested = new ConcatDataset([new Subset(own, [1, 2, 3]), pictures()]);
    const [train, held] = split(nested, [8, 5], { transforms: [null, plain] });
    expect([train.random, held.random]).toEqual([true, false]);
    const direct = new TransformedImages(pictures(), plain);
    held.indices.forEach((index, i) =>
      expect(held.get(i, 4)).toEqual(direct.get(index < 3 ? index + 1 : index - 3, 0)),
    );
    const [augmented] = split(own, [5, 5], { seed: 9, transforms: [augment, plain] });
    expect(augmented.get(0, 2)).toEqual(own.get(augmented.indices[0]!, 2));
  });

  test("a dataset of one's own has its inputs transformed", async () => {
    const picture: Picture = { width: 2, height: 1, channels: 3, data: Uint8Array.of(0, 51, 102, 153, 204, 255) };
    const own: Dataset<{ input: Picture; target: number }> = {
      length: 4,
      get: (index) => ({ input: picture, target: index }),
    };
    const toValues = new Compose([new ToTensor(), new Normalize([0, 0, 0], [1, 1, 1])]);
    const [one] = split(own, [0.5, 0.5], { transforms: [toValues, toValues] });
    const { inputs } = collate([(await one.get(0)) as Sample]);
    expect(inputs.shape).toEqual([1, 3, 1, 2]);
    // A part of a part: the transform takes the place of the former one, as that of pictures does.
    const [again] = split(one, [0.5, 0.5], { transforms: [toValues, toValues] });
    expect((await again.get(0)).input).toEqual((await one.get(again.indices[0]!)).input);
  });

  test("rows of tensors, which are no examples with an input, are not transformed", async () => {
    const [part] = split(new TensorDataset(arange(4), arange(4)), [0.5, 0.5], { transforms: [plain, null] });
    await expect(part.get(0)).rejects.toThrow("split: transforms need examples { input, target }, got");
  });

  test.each<[string, () => unknown]>([
    ["expected fractions or lengths, such as [0.8, 0.2], got 0.8", () => split(new Numbers(10), 0.8 as never)],
    ["expected fractions or lengths", () => split(new Numbers(10), [])],
    ["fractions must sum to 1, got 0.7 + 0.2 = 0.9", () => split(new Numbers(10), [0.7, 0.2])],
    ["part 1 must be a number above 0, got -0.2", () => split(new Numbers(10), [1.2, -0.2])],
    ["part 1 must be a number above 0, got 0", () => split(new Numbers(10), [1, 0])],
    ["lengths must sum to the dataset's 10, got 8 + 1 = 9", () => split(new Numbers(10), [8, 1])],
    ["part 1, 0.1 of 5 examples, would be empty", () => split(new Numbers(5), [0.9, 0.1])],
    [
      'class "b" has 1 of the 5 examples, too few for 2 parts',
      () => split(new Numbers(5), [0.5, 0.5], { stratify: ["a", "a", "b", "a", "a"] }),
    ],
    [
      "part 1 has 2 examples, too few for 3 classes",
      () => split(new Numbers(20), [0.9, 0.1], { stratify: Array.from({ length: 20 }, (_, i) => i % 3) }),
    ],
    ["stratify: true needs a dataset with labels", () => split(new Numbers(10), [0.5, 0.5], { stratify: true })],
    [
      "the dataset's labels must have one entry for each of 10",
      () => split(new Numbers(10, { labels: [1, 2] }), [0.5, 0.5], { stratify: true }),
    ],
    ["stratify must have one entry for each of 10", () => split(new Numbers(10), [0.5, 0.5], { stratify: [1, 2] })],
    [
      "groups must be numbers or strings, got null for example 1",
      () => split(new Numbers(2), [0.5, 0.5], { groups: ["a", null as never] }),
    ],
    ["there are 1 groups for 2 parts", () => split(new Numbers(3), [0.5, 0.5], { groups: ["a", "a", "a"] })],
    ["groups stay whole, so lengths cannot be kept", () => split(new Numbers(2), [1, 1], { groups: ["a", "b"] })],
    [
      "transforms must be a list with a transform or null for each of 2 parts",
      () => split(pictures(), [0.5, 0.5], { transforms: [plain] }),
    ],
    [
      "the dataset has a random transform, which would augment every part; give a transform for each",
      () => split(new ConcatDataset([new Subset(new TransformedImages(pictures(), augment), [1, 2])]), [0.5, 0.5]),
    ],
    ["unknown option stratified", () => split(new Numbers(4), [0.5, 0.5], { stratified: true } as SplitOptions)],
  ])("refuses: %s", (message, run) => {
    expect(run).toThrow(ValueError);
    expect(run).toThrow(`split: ${message}`);
  });
});

describe("Subset", () => {
  test("is the dataset's examples in the order of its indices, through a loader too", async () => {
    const rows = new TensorDataset(arange(10), arange(10));
    const subset = new Subset(rows, Int32Array.of(7, 0, 7, 3));
    expect(await inputsOf(new DataLoader(subset, { batchSize: 3, warn: () => {} }))).toEqual([7, 0, 7, 3]);
    const shuffled = new DataLoader(new Subset(new Numbers(10), [2, 4, 6]), {
      batchSize: 2,
      shuffle: true,
      warn: () => {},
    });
    expect((await inputsOf(prefetch(shuffled))).sort()).toEqual([2, 4, 6]);
    expect(new Subset(pictures(), [3, 4, 4]).labels).toEqual([1, 0, 0]);
  });

  test("counts negative positions from the end, and refuses others", () => {
    const subset = new Subset(new Numbers(10), [5, 6, 7]);
    expect([subset.get(-1), subset.get(-3)]).toEqual([subset.get(2), subset.get(0)]);
    for (const index of [3, -4, 0.5, NaN]) expect(() => subset.get(index)).toThrow(IndexError);
    expect(() => subset.get(-4)).toThrow("Subset: index -4 is out of range for 3 examples");
    expect(() => new Subset(new Numbers(3), [0, 3])).toThrow("Subset: index 3 is out of range for 3 examples");
    expect(() => new Subset(new Numbers(3), [-1])).toThrow(IndexError);
  });
});

describe("ConcatDataset", () => {
  test("is its datasets one after another, as in PyTorch", () => {
    const all = new ConcatDataset([new Numbers(2), new Numbers(0), new Numbers(3, { first: 100 })]);
    expect(all.cumulativeSizes).toEqual([2, 2, 5]);
    const inputs = (index: number): unknown => (all.get(index) as Sample).input;
    expect([0, 1, 2, 3, 4].map(inputs)).toEqual([[0], [1], [100], [101], [102]]);
    expect([-1, -3, -5].map(inputs)).toEqual([[102], [100], [0]]);
    for (const index of [5, -6, 1.5]) expect(() => all.get(index)).toThrow(IndexError);
    expect(() => new ConcatDataset([])).toThrow("ConcatDataset: expected at least one dataset, got none");
  });

  test("batches are what each dataset makes, in the order asked", async () => {
    const mixed = new ConcatDataset<unknown>([new TensorDataset(arange(4), arange(4)), new Numbers(3, { first: 50 })]);
    const rows = new ConcatDataset([
      new TensorDataset(tensor([[0], [1], [2]]), arange(3, undefined, { dtype: "int32" })),
      new Numbers(3, { first: 50 }) as never,
    ]);
    const { inputs, targets } = await rows.getBatch!([4, 0, 5, 2, 0]);
    expect([[...(await inputs.data())], [...(await targets.data())]]).toEqual([
      [51, 0, 52, 2, 0],
      [1, 0, 2, 2, 0],
    ]);
    const loader = new DataLoader(rows as Dataset<unknown>, { batchSize: 4, shuffle: true }) as never;
    expect((await inputsOf(loader)).sort((a, b) => a - b)).toEqual([0, 1, 2, 50, 51, 52]);
    await expect(mixed.getBatch!([0, 5])).rejects.toThrow(
      new ShapeError("ConcatDataset: inputs of dataset 1 have shape [1], those of dataset 0 []"),
    );
    const kinds = new ConcatDataset([new TensorDataset(zeros([2, 1]), zeros([2])), new Numbers(2) as never]);
    await expect(kinds.getBatch!([0, 2])).rejects.toThrow(
      new DTypeError("ConcatDataset: targets of dataset 1 are int32, those of dataset 0 float32"),
    );
  });

  test("labels and classes are those of all, where all have them", () => {
    const named = (classes?: readonly string[]): Dataset =>
      Object.assign(new Numbers(2, { labels: [0, 1] }), { classes });
    expect(new ConcatDataset([named(["a", "b"]), named(["a", "b"])]).classes).toEqual(["a", "b"]);
    expect(new ConcatDataset([named(["a", "b"]), named(["a", "c"])]).classes).toBeUndefined();
    expect(new ConcatDataset([named(), named()]).labels).toEqual([0, 1, 0, 1]);
    expect(new ConcatDataset([named(), new Numbers(2)]).labels).toBeUndefined();
  });

  test("a state is of all datasets", () => {
    const counter = (start: number): Dataset & { value: number } => ({
      length: 1,
      value: start,
      get: () => ({ input: [1], target: 0 }),
      stateDict() {
        return this.value;
      },
      loadStateDict(state) {
        this.value = state as number;
      },
    });
    const saved = new Subset(new ConcatDataset([new Numbers(1), counter(3)]), [0]).stateDict!();
    const other = counter(9);
    const joined = new ConcatDataset([new Numbers(1), other]);
    new Subset(joined, [0]).loadStateDict!(JSON.parse(JSON.stringify(saved)));
    expect(other.value).toBe(3);
    expect(() => joined.loadStateDict!([1])).toThrow("expected the states of 2 datasets");
    expect(() => joined.loadStateDict!([1, 5])).toThrow("there is a state of dataset 0, which has no loadStateDict");
    expect(other.value).toBe(3);
  });
});
