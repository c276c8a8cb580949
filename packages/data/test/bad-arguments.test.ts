import * as data from "@tapegrad/data";
import { ImageDataset, SequentialSampler, TensorDataset, ToTensor, parseCifar10 } from "@tapegrad/data";
import { tensor, zeros } from "@tapegrad/tensor";
import { anyOf, describeBadArguments, record, type RightArguments } from "@tapegrad/test-support/bad-arguments";
import { describe, expect, it } from "vitest";
import { idxBytes } from "./idx-bytes.ts";

const pictures = { images: new Uint8Array(12), labels: new Uint8Array(1), shape: [3, 2, 2] };
const images = (): ImageDataset => new ImageDataset(pictures as never);
const rows = (): TensorDataset => new TensorDataset(zeros([4, 2]), tensor(new Int32Array(4)));
const seed = anyOf(0, "seed");
const values = anyOf(1, [3], zeros([2, 2]), tensor(new Int32Array(4)));
const sample = record({ input: values, target: values });
const size = anyOf(4, [4, 4]);
const range = anyOf(0.1, [0.1, 0.2]);

const name = (number: number): unknown => anyOf(number, `${number}`);

const calls: Readonly<Record<string, RightArguments>> = {
  DataLoader: () => [
    rows(),
    {
      ...{ batchSize: 2, seed, sampler: new SequentialSampler(4), dropLast: false, shuffle: false },
      ...{ collate: () => 1, batchTransform: new ToTensor() },
    },
  ],
  SequentialSampler: () => [4],
  RandomSampler: () => [4, { seed, replacement: false, numSamples: anyOf(3, null) }],
  WeightedRandomSampler: () => [[1, 2], 2, { seed, replacement: false }],
  Subset: () => [rows(), anyOf([1, 2], new Int32Array(2))],
  ConcatDataset: () => [[rows()]],
  ShuffleBuffer: () => [record({ iterate: () => [1] }), { size: 2, seed }],
  split: () => [
    rows(),
    anyOf([0.5, 0.5], [2, 2]),
    {
      seed,
      stratify: anyOf([0, 0, 1, 1].map(name), true),
      groups: anyOf([1, 2, 3, 4].map(name), null),
      transforms: anyOf([null, null], null),
    },
  ],
  prefetch: () => [new data.DataLoader(rows()), { depth: 2 }],
  collate: () => [[sample]],
  TensorDataset: () => [zeros([4, 2]), tensor(new Int32Array(4))],
  ImageDataset: () => [{ ...pictures, mean: anyOf(0, [0, 0, 0]), std: anyOf(1, [1, 1, 1]), classes: ["cat"] }],
  TransformedImages: () => [images(), new ToTensor(), { seed }],
  PictureFiles: () => [
    [record({ file: "a.png", target: 0 })],
    { transform: new ToTensor(), seed, workers: 0, maxPixels: 2 ** 20, maxWork: 1e6 },
  ],
  syntheticDigits: () => [{ count: 1, seed }],
  readIdx: () => [anyOf(idxBytes([2], [1, 2]), "no such file"), { rank: 1, maxBytes: 100, name: "bytes" }],
  parseCifar100: () => [new Uint8Array(3074), "bytes"],
  parseCifar10: () => [new Uint8Array(3073), "bytes"],
  parseLabelCsv: () => [
    "file,label\na.png,cat",
    { name: "labels", header: true, fileColumn: anyOf(0, "file"), labelColumn: 1, maxBytes: 1000 },
  ],

  CenterCrop: () => [size],
  RandomCrop: () => [
    size,
    {
      padding: anyOf(1, [1, 1]),
      padIfNeeded: true,
      fill: anyOf(0, [0, 0, 0]),
      paddingMode: "edge",
    },
  ],
  RandomResizedCrop: () => [size, { scale: [0.1, 0.5], ratio: [0.5, 2], interpolation: "bilinear" }],
  RandomRotation: () => [
    range,
    { interpolation: "nearest", expand: false, center: anyOf([1, 1], null), fill: anyOf(0, [0, 0, 0]) },
  ],
  RandomAffine: () => [
    range,
    {
      ...{ translate: anyOf([0.1, 0.1], null), scale: anyOf([0.5, 1.5], null), shear: anyOf(1, [1, 2], null) },
      ...{ interpolation: "nearest", fill: anyOf(0, [0, 0, 0]), center: anyOf([1, 1], null) },
    },
  ],
  RandomErasing: () => [{ p: 0.5, scale: [0.1, 0.2], ratio: [0.5, 2], value: anyOf(0, [0, 0, 0], "random") }],
  RandomVerticalFlip: () => [0.5],
  RandomGrayscale: () => [0.5],
  RandomInvert: () => [0.5],
  RandomAutocontrast: () => [0.5],
  RandomEqualize: () => [0.5],
  RandomPosterize: () => [4, 0.5],
  RandomSolarize: () => [128, 0.5],
  RandomAdjustSharpness: () => [2, 0.5],
  RandAugment: () => [
    { numOps: 2, magnitude: 1, numMagnitudeBins: 31, interpolation: "bilinear", fill: anyOf(0, [1, 2, 3]) },
  ],
  TrivialAugmentWide: () => [{ numMagnitudeBins: 31, interpolation: "bilinear", fill: anyOf(0, [1, 2, 3]) }],
  RandomApply: () => [[new ToTensor()], 0.5],
  RandomChoice: () => [[new ToTensor()], anyOf([1], null)],
  GaussianBlur: () => [anyOf(3, [3, 5]), anyOf(1, [0.5, 2])],
  Pad: () => [anyOf(1, [1, 1]), { fill: anyOf(0, [0, 0, 0]), paddingMode: "edge" }],
  MixUp: () => [{ numClasses: 3, alpha: 0.5 }],
  CutMix: () => [{ numClasses: 3, alpha: 0.5 }],
  Resize: () => [anyOf(4, [4, 4]), { interpolation: "bilinear", maxSize: 9 }],
  ColorJitter: () => [{ brightness: range, contrast: range, saturation: range, hue: range }],
  Compose: () => [[new ToTensor()]],
  Normalize: () => [[0.5], [0.5]],
  RandomHorizontalFlip: () => [0.5],
  Grayscale: () => [3],
};

/** What needs files (see the claims below), takes nothing, or is an error. */
const unchecked = [
  ...[
    "ImageFolder",
    "ToTensor",
    "WorkerError",
    "decodeImage",
    "loadCifar10",
    "loadCifar100",
    "loadMnist",
    "readLabelCsv",
  ],
];

describe("data refuses what plain JavaScript lets through", () => {
  describeBadArguments(data, calls, unchecked);

  it.each([undefined, null, 3, {}, []])("%s is no path and no file", async (wrong) => {
    await expect(data.loadMnist(wrong as never)).rejects.toThrow(/loadMnist: folder must be a string, got/);
    await expect(data.loadCifar10(wrong as never)).rejects.toThrow(/loadCifar10: folder must be a string, got/);
    await expect(data.loadCifar100(wrong as never)).rejects.toThrow(/loadCifar100: folder must be a string, got/);
    await expect(data.readLabelCsv(wrong as never)).rejects.toThrow(/readLabelCsv: path must be a string, got/);
    await expect(data.ImageFolder.open(wrong as never)).rejects.toThrow(/ImageFolder.open: root must be a string, got/);
    await expect(data.decodeImage(wrong as never)).rejects.toThrow(/decodeImage: expected the bytes of a file, got/);
    expect(() => parseCifar10(wrong as never)).toThrow(/parseCifar10: expected bytes, got/);
  });

  it("options of files are refused before a file is opened", async () => {
    const wrong = { extension: [".png"] } as object;
    await expect(data.ImageFolder.open("nowhere", wrong)).rejects.toThrow(/did you mean extensions\?/);
    await expect(data.decodeImage(new Uint8Array(1), { maxPixel: 3 } as object)).rejects.toThrow(/maxPixels\?/);
    await expect(data.readLabelCsv("nowhere", { headers: true } as object)).rejects.toThrow(/did you mean header\?/);
  });
});
