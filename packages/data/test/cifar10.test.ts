import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Compose,
  DataLoader,
  ImageDataset,
  Normalize,
  RandomCrop,
  RandomHorizontalFlip,
  ToTensor,
  TransformedImages,
  cifar10Classes,
  cifar100Classes,
  cifar100Superclasses,
  cifar10Statistics,
  loadCifar10,
  loadCifar100,
  parseCifar10,
  parseCifar100,
} from "@tapegrad/data";
import { FormatError, IndexError, ShapeError } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

/** Records of the given labels; picture `i` is filled with `level + i`. */
function records(labels: readonly number[], level = 0): Uint8Array {
  return Uint8Array.from(labels.flatMap((label, i) => [label, ...new Uint8Array(3072).fill(level + i)]));
}

describe("parseCifar10", () => {
  test("parts labels from pictures", () => {
    const { images, labels } = parseCifar10(records([3, 9], 40));
    expect([...labels]).toEqual([3, 9]);
    expect(images.length).toBe(2 * 3072);
    expect([images[0], images[3071], images[3072]]).toEqual([40, 40, 41]);
    expect(cifar10Classes[labels[0]!]).toBe("cat");
  });

  test.each([
    [new Uint8Array(), "truncated: expected records of 3073 bytes, got 0 bytes"],
    [records([1, 2]).subarray(0, 5000), "truncated: expected records of 3073 bytes, got 5000 bytes (1.63 records)"],
    [records([1, 10]), "label of record 1 is 10, expected 0 to 9"],
  ])("refuses damaged files, naming them", (bytes, reason) => {
    expect(() => parseCifar10(bytes, "x.bin")).toThrow(FormatError);
    expect(() => parseCifar10(bytes, "x.bin")).toThrow(`x.bin: ${reason}`);
  });
});

describe("loadCifar10", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tapegrad-cifar-"));
    for (let i = 1; i <= 5; i++) await writeFile(join(folder, `data_batch_${i}.bin`), records([i], 10 * i));
    await writeFile(join(folder, "test_batch.bin"), records([0, 7], 200));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("joins the five training files in order", async () => {
    const { train, test: held } = await loadCifar10(folder);
    expect([...train.labels]).toEqual([1, 2, 3, 4, 5]);
    expect([...held.labels]).toEqual([0, 7]);
    expect(train.shape).toEqual([3, 32, 32]);
    const { mean, std } = cifar10Statistics;
    const values = train.get(2).input.values;
    expectClose(
      [values[0]!, values[1024]!, values[3071]!],
      [0, 1, 2].map((c) => (30 / 255 - mean[c]!) / std[c]!),
    );
  });

  test("names the file that is missing or damaged", async () => {
    await writeFile(join(folder, "data_batch_4.bin"), records([4]).subarray(1));
    await expect(loadCifar10(folder)).rejects.toThrow(`${join(folder, "data_batch_4.bin")}: truncated`);
    await rm(join(folder, "data_batch_3.bin"));
    await expect(loadCifar10(folder)).rejects.toThrow(`${join(folder, "data_batch_3.bin")}: cannot be read`);
  });
});

describe("CIFAR-100", () => {
  /** A record of both labels; picture `i` is filled with `i`. */
  const both = (labels: readonly (readonly [coarse: number, fine: number])[]): Uint8Array =>
    Uint8Array.from(labels.flatMap((pair, i) => [...pair, ...new Uint8Array(3072).fill(i)]));

  test("has two labels for each picture, either of which can be learnt", async () => {
    const { images, fineLabels, coarseLabels } = parseCifar100(
      both([
        [3, 99],
        [19, 0],
      ]),
    );
    expect([[...fineLabels], [...coarseLabels], images.length]).toEqual([[99, 0], [3, 19], 2 * 3072]);
    expect([images[0], images[3072]]).toEqual([0, 1]);
    expect([cifar100Classes[99], cifar100Superclasses[3], cifar100Classes.length]).toEqual([
      "worm",
      "food_containers",
      100,
    ]);
    const folder = await mkdtemp(join(tmpdir(), "tapegrad-cifar100-"));
    await writeFile(
      join(folder, "train.bin"),
      both([
        [1, 2],
        [4, 5],
      ]),
    );
    await writeFile(join(folder, "test.bin"), both([[0, 30]]));
    const { train, test: held } = await loadCifar100(folder);
    expect([[...train.labels], [...held.labels], train.classes]).toEqual([[2, 5], [30], cifar100Classes]);
    const coarse = await loadCifar100(folder, { labels: "coarse" });
    expect([[...coarse.train.labels], coarse.train.classes]).toEqual([[1, 4], cifar100Superclasses]);
    await writeFile(join(folder, "train.bin"), both([[1, 100]]));
    await expect(loadCifar100(folder)).rejects.toThrow("train.bin: fine label of record 0 is 100, expected 0 to 99");
    await writeFile(join(folder, "train.bin"), both([[20, 1]]));
    await expect(loadCifar100(folder)).rejects.toThrow("coarse label of record 0 is 20, expected 0 to 19");
    await expect(loadCifar100(folder, { labels: "both" as never })).rejects.toThrow(
      'labels must be "fine" or "coarse"',
    );
    await rm(folder, { recursive: true });
  });

  test("a label has a class", () => {
    const images = new Uint8Array(3);
    expect(() => new ImageDataset({ images, labels: Uint8Array.of(2), shape: [3, 1, 1], classes: ["a", "b"] })).toThrow(
      "ImageDataset: there are 2 classes, but a label is 2",
    );
  });
});

describe("TransformedImages", () => {
  const images = Uint8Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => i);
  const source = new ImageDataset({ images, labels: Uint8Array.of(3, 8), shape: [3, 4, 5] });

  test("shows transforms the picture as it is, whatever the source normalises by", () => {
    const plain = new TransformedImages(
      new ImageDataset({ images, labels: source.labels, shape: [3, 4, 5], mean: 0.5, std: 2 }),
      new ToTensor(),
    );
    const { input, target } = plain.get(1);
    expect(target).toBe(8);
    expect(input.shape).toEqual([3, 4, 5]);
    expect(Array.from(input.values, (value) => Math.round(value * 255))).toEqual([...images.subarray(60)]);
  });

  test("grey pictures are transformed as colours are, and stay one channel", () => {
    const grey = new ImageDataset({ images: images.subarray(0, 40), labels: Uint8Array.of(3, 8), shape: [1, 4, 5] });
    const turn = new Compose([new RandomHorizontalFlip(1), new ToTensor(), new Normalize([0.5], [0.25])]);
    const { input } = new TransformedImages(grey, turn).get(1);
    expect(input.shape).toEqual([1, 4, 5]);
    const row = [24, 23, 22, 21, 20].map((byte) => (byte / 255 - 0.5) / 0.25);
    expectClose(input.values.subarray(0, 5), row, { rtol: 1e-5, atol: 1e-6 });
  });

  test("changes from epoch to epoch, and an epoch repeats itself", async () => {
    const transform = new Compose([new RandomCrop([4, 5], { padding: 2 }), new RandomHorizontalFlip(), new ToTensor()]);
    const loader = new DataLoader(new TransformedImages(source, transform, { seed: 1 }), { batchSize: 2 });
    const epochs: number[][] = [];
    for (const epoch of [0, 1, 2, 0])
      for await (const { inputs } of loader.batches(epoch)) epochs.push([...(await inputs.data())]);
    expect(epochs[3]).toEqual(epochs[0]);
    expect(new Set(epochs.map(String)).size).toBe(3);
  });

  test("refuses other numbers of channels and indices outside", () => {
    const two = new ImageDataset({ images, labels: Uint8Array.of(1), shape: [2, 5, 12] });
    expect(() => new TransformedImages(two, new ToTensor())).toThrow(
      new ShapeError("TransformedImages: expected pictures of 1 or 3 channels, got 2"),
    );
    expect(() => new TransformedImages(source, new ToTensor()).get(2)).toThrow(IndexError);
  });
});
