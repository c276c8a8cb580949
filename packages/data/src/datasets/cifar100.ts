import { checkString, oneOf, readOptions } from "@tapegrad/tensor/internal";
import { parseRecords, readRecords, type RecordFormat, type Records } from "./cifar-records.ts";
import { ImageDataset } from "./image-dataset.ts";

/** The classes of CIFAR-100; a fine label is a position in this list. */
export const cifar100Classes: readonly string[] = (
  "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can " +
  "castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin " +
  "elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster " +
  "man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck " +
  "pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk " +
  "skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger " +
  "tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm"
).split(" ");

/** The superclasses of CIFAR-100, of five classes each; a coarse label is a position in this list. */
export const cifar100Superclasses: readonly string[] = (
  "aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices " +
  "household_furniture insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes " +
  "large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles small_mammals trees " +
  "vehicles_1 vehicles_2"
).split(" ");

/** Mean and standard deviation of the training pictures' bytes / 255, for red, green and blue. */
export const cifar100Statistics: { readonly mean: readonly number[]; readonly std: readonly number[] } = {
  mean: [0.5071, 0.4865, 0.4409],
  std: [0.2673, 0.2564, 0.2762],
};

/** Pictures to learn from, and pictures to be judged by. */
export interface Cifar100Sets {
  readonly train: ImageDataset;
  readonly test: ImageDataset;
}

/** The bytes of a CIFAR-100 file. */
export interface Cifar100Records {
  /** Picture after picture, each `[3, 32, 32]`. */
  readonly images: Uint8Array;
  readonly fineLabels: Uint8Array;
  readonly coarseLabels: Uint8Array;
}

/** Which labels are the targets. */
export interface Cifar100Options {
  /** The 100 classes, or the 20 superclasses. @default "fine" */
  readonly labels?: "fine" | "coarse";
}

const format: RecordFormat = {
  title: "CIFAR-100 data",
  labels: [
    ["coarse label", 20],
    ["fine label", 100],
  ],
};

/**
 * Reads the "binary version" of CIFAR-100 from a folder: `train.bin` and `test.bin`; Node only.
 *
 * Shape of the inputs: `[n, 3, 32, 32]`, normalised by `cifar100Statistics`.
 *
 * @throws FormatError naming the file that is missing or damaged.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html
 */
export async function loadCifar100(folder: string, options: Cifar100Options = {}): Promise<Cifar100Sets> {
  checkString("loadCifar100", "folder", folder);
  const { labels } = readOptions("loadCifar100", options, { labels: ["fine", oneOf("fine", "coarse")] });
  const train = await readRecords("loadCifar100", folder, "train.bin", format, 50_000);
  const held = await readRecords("loadCifar100", folder, "test.bin", format, 10_000);
  return { train: dataset(train, labels), test: dataset(held, labels) };
}

/**
 * The pictures and labels in the bytes of a CIFAR-100 file: records of a coarse label, a fine one, and 3,072 bytes of colour.
 *
 * @throws FormatError naming the file, if it does not consist of whole records or a label is out of range.
 */
export function parseCifar100(bytes: Uint8Array, name: string = format.title): Cifar100Records {
  const { images, labels } = parseRecords("parseCifar100", bytes, name, format);
  return { images, coarseLabels: labels[0]!, fineLabels: labels[1]! };
}

function dataset({ images, labels: [coarse, fine] }: Records, labels: "fine" | "coarse"): ImageDataset {
  const chosen =
    labels === "fine"
      ? { labels: fine!, classes: cifar100Classes }
      : { labels: coarse!, classes: cifar100Superclasses };
  return new ImageDataset({ images, shape: [3, 32, 32], ...chosen, ...cifar100Statistics });
}
