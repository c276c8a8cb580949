import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Batch,
  Compose,
  DataLoader,
  type Dataset,
  ImageDataset,
  type IterableDataset,
  type LoaderState,
  MixUp,
  prefetch,
  type Prefetched,
  RandomCrop,
  RandomHorizontalFlip,
  type Sample,
  ShuffleBuffer,
  split,
  ToTensor,
  TransformedImages,
  WeightedRandomSampler,
} from "@tapegrad/data";
import { defaultGenerator, Generator, TapegradError, ValueError } from "@tapegrad/tensor";
import { afterEach, describe, expect, test, vi } from "vitest";

const pictures = new ImageDataset({
  images: Uint8Array.from({ length: 23 * 3 * 8 * 8 }, (_, i) => (i * 73) % 251),
  labels: Uint8Array.from({ length: 23 }, (_, i) => i % 10),
  shape: [3, 8, 8],
});
const augment = new Compose([new RandomCrop(8, { padding: 2 }), new RandomHorizontalFlip(), new ToTensor()]);
const augmented = (): Dataset<Sample> => new TransformedImages(pictures, augment, { seed: 3 });

/** Draws from a generator of its own, so that an example depends on how many came before. */
class Noise implements Dataset<Sample> {
  readonly length = 23;
  readonly generator = new Generator("noise");

  get(index: number): Sample {
    return { input: [index, this.generator.next()], target: index };
  }

  stateDict(): unknown {
    return this.generator.getState();
  }

  loadStateDict(state: unknown): void {
    this.generator.setState(state as ReturnType<Generator["getState"]>);
  }
}

/** Squares that come one after another, others in each epoch. */
const squares: IterableDataset = {
  async *iterate(epoch) {
    for (let i = 0; i < 23; i++) yield { input: [epoch, i * i], target: i };
  },
  length: 23,
};

type Batches = DataLoader<Sample, Batch> | Prefetched<Batch>;
const EPOCHS = 3;

/** Trains up to a batch in all; gives what the batches were, the state there, and the epoch that is under way. */
async function run(
  batches: Batches,
  loader: DataLoader<Sample, Batch>,
  stopAfter = Infinity,
): Promise<{ seen: string[]; state: LoaderState }> {
  const seen: string[] = [];
  while (loader.epoch < EPOCHS) {
    for await (const { inputs, targets } of batches) {
      seen.push(`${[...(await inputs.data())].join()} → ${[...(await targets.data())].join()}`);
      if (seen.length === stopAfter) return { seen, state: batches.stateDict() };
    }
  }
  return { seen, state: batches.stateDict() };
}

describe("a run that was interrupted goes on to the bit", () => {
  const options = { batchSize: 4, warn: () => {} };
  const sampler = (): WeightedRandomSampler =>
    new WeightedRandomSampler(
      Array.from({ length: 23 }, (_, i) => i + 1),
      17,
      { seed: "w" },
    );
  const makers: Readonly<Record<string, () => DataLoader<Sample, Batch>>> = {
    "in order": () => new DataLoader(pictures as Dataset<Sample>, options),
    "shuffled, transformed at random": () => new DataLoader(augmented(), { ...options, shuffle: true, seed: 7 }),
    "with a sampler, dropLast": () => new DataLoader(augmented(), { ...options, sampler: sampler(), dropLast: true }),
    "from a dataset with a state": () => new DataLoader(new Noise(), { ...options, shuffle: true }),
    "a part of a split": () =>
      new DataLoader<Sample, Batch>(
        split(pictures, [0.7, 0.3], {
          stratify: Array.from(pictures.labels, (label) => label % 3),
          transforms: [augment, new ToTensor()],
        })[0],
        { ...options, shuffle: true },
      ),
    "examples without numbers": () => new DataLoader(squares, { ...options, dropLast: true }),
    "through a shuffle buffer": () => new DataLoader(new ShuffleBuffer(squares, { size: 7, seed: 5 }), options),
  };

  test.each(
    Object.keys(makers).flatMap((name) => [
      [name, "from the loader"],
      [name, "through prefetch"],
    ]),
  )("%s, %s", async (name, way) => {
    const make = (): { loader: DataLoader<Sample, Batch>; batches: Batches } => {
      const loader = makers[name]!();
      return { loader, batches: way === "through prefetch" ? prefetch(loader, { depth: 3 }) : loader };
    };
    const whole = make();
    const { seen: all } = await run(whole.batches, whole.loader);
    expect(all).toHaveLength(EPOCHS * whole.loader.length);
    const file = join(tmpdir(), `tapegrad-loader-${process.pid}.json`);
    for (let stop = 1; stop <= all.length; stop++) {
      const first = make();
      const { seen, state } = await run(first.batches, first.loader, stop);
      writeFileSync(file, JSON.stringify(state));
      const second = make();
      second.batches.loadStateDict(JSON.parse(readFileSync(file, "utf8")) as LoaderState);
      expect([...seen, ...(await run(second.batches, second.loader)).seen]).toEqual(all);
    }
    rmSync(file);
  });

  test("a state that became a map is read too", async () => {
    const loader = makers["in order"]!();
    const { state } = await run(loader, loader, 2);
    const resumed = makers["in order"]!();
    resumed.loadStateDict(new Map(Object.entries(state)) as never);
    expect(resumed.stateDict()).toEqual(state);
  });

  test("the epoch is the one under way inside a loop, and the next one after it", async () => {
    const loader = makers["in order"]!();
    const epochs: unknown[] = [loader.epoch];
    for await (const _ of loader) epochs.push(loader.epoch, loader.stateDict().batch);
    expect(epochs).toEqual([0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6]);
    expect(loader.epoch).toBe(1);
    expect(loader.stateDict()).toMatchObject({ epoch: 1, batch: 0 });
  });

  test("after a loop that was left, the state is where it was left, and the next loop the next epoch", async () => {
    const loader = makers["shuffled, transformed at random"]!();
    for await (const _ of loader) if (loader.stateDict().batch === 2) break;
    expect(loader.stateDict()).toMatchObject({ epoch: 0, batch: 2 });
    expect(loader.epoch).toBe(1);
    for await (const { targets } of loader) {
      const [first] = loader.order(1);
      expect((await targets.data())[0]).toBe(first! % 10);
      break;
    }
    loader.epoch = 0;
    expect(loader.stateDict()).toMatchObject({ epoch: 0, batch: 0 });
  });

  test("a place is of batches that chance mixes alike", () => {
    const mixed = (seed: number): DataLoader =>
      new DataLoader(pictures as Dataset<Sample>, {
        batchSize: 4,
        seed,
        batchTransform: new MixUp({ numClasses: 10 }),
      });
    const state = mixed(1).stateDict();
    expect(() => mixed(1).loadStateDict(state)).not.toThrow();
    expect(() => mixed(2).loadStateDict(state)).toThrow(
      'DataLoader.loadStateDict: batchTransform draws from the seed "2" here, and from "1" in the state',
    );
  });

  test("what is no state, or of another loader, is refused and changes nothing", async () => {
    const loader = new DataLoader(augmented(), { ...options, shuffle: true, seed: 7 });
    const state = loader.stateDict();
    const wrong: readonly (readonly [unknown, string])[] = [
      [undefined, "expected what stateDict gave, got undefined, which has no epoch"],
      [{ epoch: 1, batch: 0 }, "which has no batchSize"],
      [{ ...state, epoch: -1 }, "epoch must be a non-negative integer, got -1"],
      [{ ...state, batch: 1.5 }, "batch must be a non-negative integer, got 1.5"],
      [{ ...state, batch: 7 }, "the state is after 7 batches, this loader has 6"],
      [{ ...state, batchSize: 5 }, "the state is of batches of 5, this loader makes batches of 4"],
      [{ ...state, dataset: {} }, "this dataset has no loadStateDict"],
      [new DataLoader(augmented(), { ...options, shuffle: true, seed: 8 }).stateDict(), "has it another seed?"],
      [new DataLoader(augmented(), options).stateDict(), "in another order"],
      [{ ...state, seed: "7" }, 'draws from the seed undefined here, and from "7" in the state'],
      [new DataLoader(new ShuffleBuffer(squares), options).stateDict(), "in another order"],
    ];
    for (const [each, message] of wrong) {
      expect(() => loader.loadStateDict(each as LoaderState)).toThrow(ValueError);
      expect(() => loader.loadStateDict(each as LoaderState)).toThrow(message);
    }
    expect(loader.stateDict()).toEqual(state);
    async function* numbers(): AsyncGenerator<number> {
      yield 1;
    }
    const stream = new DataLoader(new ShuffleBuffer(squares, { seed: 1 }), options);
    for (const other of [
      squares,
      new ShuffleBuffer(squares, { seed: 2 }),
      new ShuffleBuffer(squares, { size: 5, seed: 1 }),
    ])
      expect(() => stream.loadStateDict(new DataLoader(other, options).stateDict())).toThrow("has it another seed?");
    expect(() => prefetch(numbers()).stateDict()).toThrow("something that has no stateDict");
  });
});

describe("loops", () => {
  afterEach(() => void vi.useRealTimers());

  test("over batches that are not awaited say what is missing", () => {
    const loader = new DataLoader(augmented(), { batchSize: 8 });
    const message = "batches must be waited for; write for await (const batch of …)";
    for (const batches of [loader, prefetch(loader), loader.batches(0), loader[Symbol.asyncIterator]()]) {
      const loop = (): void => {
        for (const _ of batches as unknown as Iterable<unknown>);
      };
      expect(loop).toThrow(TapegradError);
      expect(loop).toThrow(message);
      expect(() => Array.from(batches as never)).toThrow(message);
    }
  });

  test("over batches are no loops where deep equality goes through both sides at once", async () => {
    const [one, other] = [0, 1].map(() => new DataLoader(augmented(), { batchSize: 8 }));
    expect(one).toEqual(one);
    expect([one, prefetch(one!)]).not.toEqual([other, prefetch(other!)]);
    expect({ of: one!.batches(0) }).not.toEqual({ of: one!.batches(0) });
    const loop = (): void => {
      for (const _ of one as unknown as Iterable<unknown>);
    };
    expect(loop).toThrow(TapegradError);
    (one as unknown as Iterable<unknown>)[Symbol.iterator]();
    await Promise.resolve();
    expect(loop).toThrow(TapegradError);
  });

  test.each([{}, { toFake: ["setTimeout", "setImmediate", "queueMicrotask", "performance"] as const }])(
    "go on while timers are fake: %o",
    async (config) => {
      vi.useFakeTimers(config as Parameters<typeof vi.useFakeTimers>[0]);
      const loader = new DataLoader(augmented(), { batchSize: 8, shuffle: true });
      let batches = 0;
      for await (const _ of loader) batches++;
      for await (const _ of prefetch(loader)) batches++;
      expect(batches).toBe(6);
    },
  );
});

describe("fingerprints", () => {
  const of = (dataset: Dataset<Sample>, options: object = {}): Promise<string> =>
    new DataLoader(dataset, { batchSize: 8, shuffle: true, seed: 1, ...options }).fingerprint();

  test("tell other data, changes by chance, orders and batches apart, and are the same for the same", async () => {
    const plain = new ImageDataset({ images: pictures.images, labels: pictures.labels, shape: [3, 8, 8] });
    const brighter = new ImageDataset({
      images: pictures.images.map((byte) => byte + 1),
      labels: pictures.labels,
      shape: [3, 8, 8],
    });
    const all = [
      await of(plain),
      await of(brighter),
      await of(augmented()),
      await of(new TransformedImages(pictures, augment, { seed: 4 })),
      await of(plain, { seed: 2 }),
      await of(plain, { batchSize: 4 }),
      await of(plain, { dropLast: true }),
    ];
    expect(new Set(all).size).toBe(all.length);
    for (const each of all) expect(each).toMatch(/^[0-9a-f]{8}$/);
    expect(await of(augmented())).toBe(all[2]);
    expect(await prefetch(new DataLoader(plain, { batchSize: 8, shuffle: true, seed: 1 })).fingerprint()).toBe(all[0]);
    expect(await prefetch((async function* () {})()).fingerprint()).toBeNull();
  });

  test("are taken without a trace", async () => {
    const noise = new Noise();
    const loader = new DataLoader(noise, { batchSize: 8 });
    const before = [loader.stateDict(), defaultGenerator().getState()];
    const first = await loader.fingerprint();
    expect([loader.stateDict(), defaultGenerator().getState()]).toEqual(before);
    expect(await loader.fingerprint()).toBe(first);
    const drawing: Dataset<Sample> = { length: 3, get: () => ({ input: [defaultGenerator().next()], target: 0 }) };
    await new DataLoader(drawing).fingerprint();
    expect(defaultGenerator().getState()).toEqual(before[1]);
    const damaged: Dataset<Sample> = { length: 3, get: (index) => (index < 2 ? drawing.get(index) : raise()) };
    const raise = (): never => {
      throw new Error("unreadable");
    };
    await expect(new DataLoader(damaged).fingerprint()).rejects.toThrow("unreadable");
    expect(defaultGenerator().getState()).toEqual(before[1]);
  });
});
