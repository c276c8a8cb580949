import { FormatError, ValueError } from "@tapegrad/tensor";
import { checkString, showValue } from "@tapegrad/tensor/internal";
import { ImageDataset } from "./image-dataset.ts";

/** The classes of CIFAR-10; a label is a position in this list. */
export const cifar10Classes: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/** Mean and standard deviation of the training pictures' bytes / 255, for red, green and blue. */
export const cifar10Statistics: { readonly mean: readonly number[]; readonly std: readonly number[] } = {
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.247, 0.2435, 0.2616],
};

/** Pictures to learn from, and pictures to be judged by. */
export interface Cifar10Sets {
  readonly train: ImageDataset;
  readonly test: ImageDataset;
}

/** The bytes of one or more CIFAR-10 files. */
export interface Cifar10Records {
  /** Picture after picture, each `[3, 32, 32]`. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

const PICTURE_BYTES = 3 * 32 * 32;
const RECORD_BYTES = 1 + PICTURE_BYTES;
/** As many records as the files have. */
const MAX_BYTES = 10_000 * RECORD_BYTES;

/**
 * Reads the "binary version" of CIFAR-10 from a folder: `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin`; Node only.
 *
 * Shape of the inputs: `[n, 3, 32, 32]`, normalised by `cifar10Statistics`.
 *
 * @throws FormatError naming the file that is missing or damaged.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html
 */
export async function loadCifar10(folder: string): Promise<Cifar10Sets> {
  checkString("loadCifar10", "folder", folder);
  const batches = [];
  for (let i = 1; i <= 5; i++) batches.push(await readBatch(folder, `data_batch_${i}.bin`));
  return { train: dataset(batches), test: dataset([await readBatch(folder, "test_batch.bin")]) };
}

/**
 * The pictures and labels in the bytes of a CIFAR-10 file: records of a label and 3,072 bytes of colour.
 *
 * @throws FormatError naming the file, if it does not consist of whole records or a label is not 0 to 9.
 */
export function parseCifar10(bytes: Uint8Array, name = "CIFAR-10 data"): Cifar10Records {
  if (!(bytes instanceof Uint8Array)) throw new ValueError(`parseCifar10: expected bytes, got ${showValue(bytes)}`);
  checkString("parseCifar10", "name", name);
  const count = bytes.length / RECORD_BYTES;
  if (bytes.length === 0 || !Number.isInteger(count)) {
    throw new FormatError(
      name,
      `truncated: expected records of ${RECORD_BYTES} bytes, got ${bytes.length} bytes (${count.toFixed(2)} records)`,
    );
  }
  const images = new Uint8Array(count * PICTURE_BYTES);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * RECORD_BYTES;
    labels[i] = bytes[at]!;
    if (labels[i]! > 9) throw new FormatError(name, `label of record ${i} is ${labels[i]}, expected 0 to 9`);
    images.set(bytes.subarray(at + 1, at + RECORD_BYTES), i * PICTURE_BYTES);
  }
  return { images, labels };
}

async function readBatch(folder: string, file: string): Promise<Cifar10Records> {
  const { join } = process.getBuiltinModule("node:path");
  const { readFileBounded } = await import("../files/read-file-bounded.ts");
  const path = join(folder, file);
  return parseCifar10(readFileBounded(path, MAX_BYTES), path);
}

function dataset(parts: readonly Cifar10Records[]): ImageDataset {
  const count = parts.reduce((total, { labels }) => total + labels.length, 0);
  const images = new Uint8Array(count * PICTURE_BYTES);
  const labels = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    images.set(part.images, at * PICTURE_BYTES);
    labels.set(part.labels, at);
    at += part.labels.length;
  }
  return new ImageDataset({ images, labels, shape: [3, 32, 32], ...cifar10Statistics });
}
