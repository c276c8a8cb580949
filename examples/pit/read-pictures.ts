import { readdirSync } from "node:fs";
import { basename, join, relative } from "node:path";
import {
  CenterCrop,
  cifar10Classes,
  Compose,
  ImageFolder,
  Normalize,
  type Picture,
  PictureFiles,
  type PictureValues,
  readLabelCsv,
  Resize,
  ToTensor,
  type Transform,
} from "@tapegrad/data";
import type { ModelName } from "@tapegrad/models";
import { UsageError } from "../program/command-line.ts";
import type { Options } from "./options.ts";

/** Pictures for a model. */
export interface Pictures {
  /** Examples whose target is the class, or 0 where it is not known. */
  readonly dataset: PictureFiles;
  /** Path of each picture, from the folder on. */
  readonly names: readonly string[];
  /** Names of the classes by number. */
  readonly classes: readonly string[];
  /** Whether it is known what the pictures show. */
  readonly labelled: boolean;
}

/** A picture and what is said to be on it: a class's name, or its number where there is a label file. */
interface Labelled {
  readonly file: string;
  readonly label: string | null;
}

/** Finds pictures and labels. @throws UsageError if labels and classes do not fit. */
export async function readPictures(
  { images, labels, classes: given, model }: Options,
  numClasses: number,
): Promise<Pictures> {
  const found = await findPictures(images, labels);
  const names = [
    ...new Set(found.flatMap(({ label }) => (label === null || /^\d+$/.test(label) ? [] : [label]))),
  ].sort();
  const classes = classNames({ given, known: knownClasses(model, numClasses), names, numClasses });
  const files = found.map(({ file, label }) => ({ file, target: targetOf(file, label, classes) }));
  return {
    dataset: new PictureFiles(files, { transform: transformFor(model), workers: files.length < 200 ? 0 : 2 }),
    names: files.map(({ file }) => relative(images, file)),
    classes,
    labelled: found.every(({ label }) => label !== null),
  };
}

async function findPictures(images: string, labels: string | null): Promise<readonly Labelled[]> {
  if (labels !== null)
    return (await readLabelCsv(labels)).map(({ file, label }) => ({ file: join(images, file), label }));
  const entries = readdirSync(images, { withFileTypes: true });
  if (entries.some((entry) => entry.isDirectory())) {
    const folder = await ImageFolder.open(images, { workers: 0 });
    return folder.files.map(({ file, target }) => ({ file, label: folder.classes[target]! }));
  }
  const pictures = entries
    .map(({ name }) => name)
    .filter((name) => /\.(jpe?g|png)$/i.test(name))
    .sort();
  if (pictures.length === 0) throw new UsageError(`--images: found no folders and no pictures in ${images}`);
  return pictures.map((name) => ({ file: join(images, name), label: null }));
}

interface ClassSources {
  readonly given: readonly string[] | null;
  readonly known: readonly string[] | null;
  /** The labels that are names, in alphabetical order. */
  readonly names: readonly string[];
  readonly numClasses: number;
}

function classNames({ given, known, names, numClasses }: ClassSources): readonly string[] {
  if (given !== null) {
    if (given.length !== numClasses)
      throw new UsageError(`--classes: the model has ${numClasses} classes, got ${given.length} names`);
    return given;
  }
  if (known !== null && names.every((name) => known.includes(name))) return known;
  if (names.length === numClasses) return names;
  if (names.length === 0) return Array.from({ length: numClasses }, (_, i) => String(i));
  throw new UsageError(
    `the pictures are of ${names.length} classes, the model knows ${numClasses}; name them in their order with --classes`,
  );
}

function knownClasses(model: ModelName, numClasses: number): readonly string[] | null {
  if (model === "tiny-resnet" && numClasses === 5) return ["disc", "square", "cross", "stripes", "ring"];
  return isForCifar(model) && numClasses === 10 ? cifar10Classes : null;
}

function targetOf(file: string, label: string | null, classes: readonly string[]): number {
  if (label === null) return 0;
  const named = classes.indexOf(label);
  const target = named < 0 && /^\d+$/.test(label) ? Number(label) : named;
  if (target < 0 || target >= classes.length)
    throw new UsageError(
      `the label ${JSON.stringify(label)} of ${basename(file)} is none of ${classes.length} classes: ${classes.slice(0, 12).join(", ")}`,
    );
  return target;
}

function isForCifar(model: ModelName): boolean {
  return ["resnet20", "resnet32", "resnet44", "resnet56", "resnet110"].includes(model);
}

/** What the pictures went through when the model was trained. */
function transformFor(model: ModelName): Transform<Picture, PictureValues> {
  const values = [new ToTensor(), new Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])] as const;
  if (isForCifar(model)) return new Compose([new Resize([32, 32]), ...values]);
  if (model === "tiny-resnet") return new Compose([new Resize([64, 64]), ...values]);
  return new Compose([new Resize(256), new CenterCrop(224), ...values]);
}
