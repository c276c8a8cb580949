import { FormatError, ValueError } from "@tapegrad/tensor";
import { checkFinite, checkString, readOptions } from "@tapegrad/tensor/internal";
import { ImageDataset } from "./image-dataset.ts";
import { readIdx } from "./read-idx.ts";

/** Digits to learn from, and digits to be judged by. */
export interface DigitSets {
  readonly train: ImageDataset;
  readonly test: ImageDataset;
}

/** Mean and standard deviation of MNIST's training pictures, as parts of 255. */
export const mnistStatistics: { readonly mean: number; readonly std: number } = { mean: 0.1307, std: 0.3081 };
/** The same of Fashion-MNIST. */
export const fashionMnistStatistics: typeof mnistStatistics = { mean: 0.286, std: 0.353 };
/** The same of KMNIST. */
export const kmnistStatistics: typeof mnistStatistics = { mean: 0.1918, std: 0.3483 };

/** By what pictures are normalised: `(byte / 255 − mean) / std`. */
export interface LoadMnistOptions {
  /** @default 0.1307, MNIST's */
  readonly mean?: number;
  /** @default 0.3081, MNIST's */
  readonly std?: number;
}

/**
 * Reads MNIST, or a set with the same names and format such as Fashion-MNIST, from a folder; Node only.
 *
 * Looks for `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the same with `t10k`, each as it is or with `.gz`.
 * Batches are normalised by `mnistStatistics` unless told otherwise: `loadMnist(folder, fashionMnistStatistics)`.
 *
 * Shape of the inputs: `[n, 1, 28, 28]`.
 *
 * @throws ValueError unless `mean` is finite and `std` is finite and above 0.
 * @throws FormatError naming the file that is missing, damaged, or does not fit the others.
 */
export async function loadMnist(folder: string, options: LoadMnistOptions = {}): Promise<DigitSets> {
  checkString("loadMnist", "folder", folder);
  const statistics = readOptions("loadMnist", options, {
    mean: [mnistStatistics.mean, checkFinite],
    std: [mnistStatistics.std, checkFinite],
  });
  if (statistics.std <= 0) throw new ValueError(`loadMnist: std must be above 0, got ${statistics.std}`);
  // One after the other, so that of several faults it is always the same one that is told.
  const train = await loadSplit(folder, "train", statistics);
  return { train, test: await loadSplit(folder, "t10k", statistics) };
}

async function loadSplit(
  folder: string,
  split: "train" | "t10k",
  statistics: Required<LoadMnistOptions>,
): Promise<ImageDataset> {
  const imageFile = await findFile(folder, `${split}-images-idx3-ubyte`);
  const labelFile = await findFile(folder, `${split}-labels-idx1-ubyte`);
  const images = await readIdx(imageFile, { rank: 3 });
  const labels = await readIdx(labelFile, { rank: 1 });
  const [count, height, width] = images.shape as [number, number, number];
  if (count !== labels.values.length)
    throw new FormatError(labelFile, `${labels.values.length} labels, but ${imageFile} has ${count} images`);
  if (height !== 28 || width !== 28)
    throw new FormatError(imageFile, `expected pictures of 28×28, got ${height}×${width}`);
  const wrong = labels.values.findIndex((label) => label > 9);
  if (wrong >= 0) throw new FormatError(labelFile, `label ${wrong} is ${labels.values[wrong]}, expected 0 to 9`);
  return new ImageDataset({
    images: images.values,
    labels: labels.values,
    shape: [1, height, width],
    ...statistics,
  });
}

async function findFile(folder: string, name: string): Promise<string> {
  const { access } = process.getBuiltinModule("node:fs/promises");
  const { join } = process.getBuiltinModule("node:path");
  for (const path of [join(folder, name), join(folder, `${name}.gz`)]) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new FormatError(folder, `found neither ${name} nor ${name}.gz`);
}
