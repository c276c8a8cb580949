import { join } from "node:path";
import {
  Compose,
  ImageFolder,
  Normalize,
  PictureFiles,
  RandomCrop,
  RandomHorizontalFlip,
  ToTensor,
  cifar10Statistics,
} from "@tapegrad/data";
import { FormatError } from "@tapegrad/tensor";
import type { Options } from "./options.ts";

export interface Pictures {
  readonly classes: readonly string[];
  readonly train: PictureFiles;
  readonly test: PictureFiles;
}

/** Training pictures are shifted by up to four pixels and mirrored by chance, anew in each epoch; threads do it. */
export async function openPictures({ data, limit, seed }: Options): Promise<Pictures> {
  const values = [new ToTensor(), new Normalize(cifar10Statistics.mean, cifar10Statistics.std)] as const;
  const augmented = new Compose([new RandomCrop(32, { padding: 4 }), new RandomHorizontalFlip(), ...values]);
  const folders = {
    train: await ImageFolder.open(join(data, "train")),
    test: await ImageFolder.open(join(data, "test")),
  };
  const { classes } = folders.train;
  if (classes.join("\n") !== folders.test.classes.join("\n"))
    throw new FormatError(
      join(data, "test"),
      `expected the classes of train (${classes.join(", ")}), got ${folders.test.classes.join(", ")}`,
    );
  return {
    classes,
    train: new PictureFiles(firstOfEach(folders.train, limit), { transform: augmented, seed }),
    test: new PictureFiles(firstOfEach(folders.test, limit), { transform: new Compose(values) }),
  };
}

/** The first `limit` files of each class. */
function firstOfEach({ files, classes }: ImageFolder, limit: number | null): ImageFolder["files"] {
  if (limit === null) return files;
  return classes.flatMap((_, each) => files.filter(({ target }) => target === each).slice(0, limit));
}
