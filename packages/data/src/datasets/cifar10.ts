import { checkString } from "@tapegrad/tensor/internal";
import { joinRecords, parseRecords, readRecords, type RecordFormat, type Records } from "./cifar-records.ts";
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

const format: RecordFormat = { title: "CIFAR-10 data", labels: [["label", 10]] };
/** As many records as a file has. */
const MOST = 10_000;

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
  for (let i = 1; i <= 5; i++)
    batches.push(await readRecords("loadCifar10", folder, `data_batch_${i}.bin`, format, MOST));
  const held = await readRecords("loadCifar10", folder, "test_batch.bin", format, MOST);
  return { train: dataset(joinRecords(batches)), test: dataset(held) };
}

/**
 * The pictures and labels in the bytes of a CIFAR-10 file: records of a label and 3,072 bytes of colour.
 *
 * @throws FormatError naming the file, if it does not consist of whole records or a label is not 0 to 9.
 */
export function parseCifar10(bytes: Uint8Array, name: string = format.title): Cifar10Records {
  const { images, labels } = parseRecords("parseCifar10", bytes, name, format);
  return { images, labels: labels[0]! };
}

function dataset({ images, labels }: Records): ImageDataset {
  return new ImageDataset({
    ...{ images, labels: labels[0]!, shape: [3, 32, 32], ...cifar10Statistics },
    classes: cifar10Classes,
  });
}
