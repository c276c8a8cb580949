import { Generator, ValueError } from "@tapegrad/tensor";
import { checkSeed, isNumberArray, readOptions, showValue } from "@tapegrad/tensor/internal";
import type { Values } from "../loader/values.ts";
import { checkTransform } from "../transforms/compose.ts";
import type { Transform } from "../transforms/transform.ts";
import { ConcatDataset } from "./concat-dataset.ts";
import { checkDataset, type Dataset, type Sample } from "./dataset.ts";
import { dealClasses, dealGroups } from "./deal-examples.ts";
import { ImageDataset } from "./image-dataset.ts";
import { Subset } from "./subset.ts";
import { TransformedImages } from "./transformed-images.ts";
import { TransformedSamples } from "./transformed-samples.ts";

/** What decides which examples a part gets, and what its examples go through. */
export interface SplitOptions {
  /** Another seed gives other parts; the same seed the same, on every machine. It also seeds transforms of sources without one. @default 0 */
  readonly seed?: number | string;
  /** Whether each part has its share of each class: true if the dataset has `labels`, else a label for each example. @default false */
  readonly stratify?: boolean | ArrayLike<number | string>;
  /** What belongs together, such as pictures of one patient: a name or number for each example. No group is in two parts. @default null */
  readonly groups?: ArrayLike<number | string> | null;
  /**
   * A transform for each part, so that what augments training does not touch validation. It takes the place of the dataset's own,
   * or else of nothing; null leaves the examples as they are.
   * @default null
   */
  readonly transforms?: readonly (Transform<never, Values> | null)[] | null;
}

/** A subset for each size that was asked for. */
export type Parts<P extends readonly number[], T> = { readonly [K in keyof P]: Subset<T> };

/**
 * Parts of a dataset, no example in two, none left out: `const [train, validation] = split(dataset, [0.8, 0.2], { seed: 1 })`.
 *
 * The examples are shuffled before they are cut. Fractions have the sizes of PyTorch's `random_split`: rounded down, then one
 * more for the first parts until all examples are given. Stratified, the sizes are the same, and part `p` has of class `c` what
 * is due to it, `n_c · size_p / n`, rounded up or down. With groups, whole groups go to the part that lacks most, the largest
 * first, so sizes are near the fractions.
 *
 * @param parts fractions that sum to 1, or lengths that sum to the dataset's.
 * @throws ValueError if they do not, a part would be empty, a class is smaller than the number of parts or a part smaller than that of
 *   classes, there are fewer groups than parts, or the dataset has a random transform and there are no `transforms`: validation
 *   would be augmented too.
 */
export function split<const P extends readonly number[]>(
  dataset: Dataset<unknown>,
  parts: P,
  options: SplitOptions & { readonly transforms: NonNullable<SplitOptions["transforms"]> },
): Parts<P, Sample>;
export function split<T, const P extends readonly number[]>(
  dataset: Dataset<T>,
  parts: P,
  options?: SplitOptions,
): Parts<P, T>;
export function split(
  dataset: Dataset<unknown>,
  parts: readonly number[],
  options: SplitOptions = {},
): readonly Subset<unknown>[] {
  const { seed, stratify, groups, transforms } = readOptions("split", options, {
    seed: [0, checkSeed],
    stratify: [false],
    groups: [null],
    transforms: [null],
  });
  checkDataset("split", dataset);
  const { sizes, fractional } = sizesOf(parts, dataset.length);
  if (groups !== null && !fractional)
    throw new ValueError(
      "split: groups stay whole, so lengths cannot be kept; give fractions, which are met as nearly as groups allow",
    );
  const labels = stratify === false ? null : labelsFor(dataset, stratify);
  if (groups !== null) checkNames("groups", groups, dataset.length);
  if (transforms !== null) checkTransforms(transforms, sizes.length);
  else if (dataset.random === true)
    throw new ValueError(
      "split: the dataset has a random transform, which would augment every part; give a transform for each: transforms: [augment, plain]",
    );
  const generator = new Generator(`split ${seed}`);
  const order = generator.permutation(dataset.length);
  const partOf =
    groups !== null ? dealGroups(order, sizes, groups, labels) : dealClasses(order, sizes, labels, generator);
  const indices: number[][] = sizes.map(() => []);
  for (const example of order) indices[partOf[example]!]!.push(example);
  return indices.map((mine, part) => {
    const transform = transforms?.[part] ?? null;
    return new Subset(transform === null ? dataset : through(transform, dataset, seed), mine);
  });
}

/** How many examples each part gets, and whether that was said in fractions. */
function sizesOf(parts: unknown, count: number): { readonly sizes: readonly number[]; readonly fractional: boolean } {
  if (!Array.isArray(parts) || parts.length === 0)
    throw new ValueError(`split: expected fractions or lengths, such as [0.8, 0.2], got ${showValue(parts)}`);
  for (const [i, part] of (parts as unknown[]).entries())
    if (!(typeof part === "number" && Number.isFinite(part) && part > 0))
      throw new ValueError(`split: part ${i} must be a number above 0, got ${showValue(part)}`);
  const given = parts as readonly number[];
  const total = given.reduce((sum, part) => sum + part, 0);
  const fractional = Math.abs(total - 1) < 1e-9;
  if (!fractional) {
    if (!given.every(Number.isInteger))
      throw new ValueError(`split: fractions must sum to 1, got ${given.join(" + ")} = ${+total.toPrecision(12)}`);
    if (total !== count)
      throw new ValueError(`split: lengths must sum to the dataset's ${count}, got ${given.join(" + ")} = ${total}`);
    return { sizes: given, fractional };
  }
  const sizes = given.map((fraction) => Math.floor(count * fraction));
  const left = count - sizes.reduce((sum, size) => sum + size, 0);
  for (let i = 0; i < left; i++) sizes[i % sizes.length]!++;
  const empty = sizes.indexOf(0);
  if (empty >= 0) throw new ValueError(`split: part ${empty}, ${given[empty]} of ${count} examples, would be empty`);
  return { sizes, fractional };
}

function labelsFor(dataset: Dataset<unknown>, stratify: unknown): ArrayLike<number | string> {
  const labels = stratify === true ? dataset.labels : stratify;
  if (labels === undefined)
    throw new ValueError(
      "split: stratify: true needs a dataset with labels; give stratify a list with the label of each example",
    );
  checkNames(stratify === true ? "the dataset's labels" : "stratify", labels, dataset.length);
  return labels;
}

function checkNames(option: string, names: unknown, count: number): asserts names is ArrayLike<number | string> {
  if (!Array.isArray(names) && !isNumberArray(names))
    throw new ValueError(`split: ${option} must be a list with one entry for each example, got ${showValue(names)}`);
  if (names.length !== count)
    throw new ValueError(`split: ${option} must have one entry for each of ${count} examples, got ${names.length}`);
  for (let i = 0; i < count; i++) {
    const name: unknown = names[i];
    if (typeof name !== "string" && !Number.isFinite(name))
      throw new ValueError(`split: ${option} must be numbers or strings, got ${showValue(name)} for example ${i}`);
  }
}

function checkTransforms(transforms: unknown, count: number): void {
  if (!Array.isArray(transforms) || transforms.length !== count)
    throw new ValueError(
      `split: transforms must be a list with a transform or null for each of ${count} parts, got ${showValue(transforms)}`,
    );
  for (const transform of transforms) if (transform !== null) checkTransform("split", transform);
}

/** The dataset with its inputs through a transform. */
function through(
  transform: Transform<never, Values>,
  dataset: Dataset<unknown>,
  seed: number | string,
): Dataset<unknown> {
  if (dataset instanceof Subset) return new Subset(through(transform, dataset.dataset, seed), dataset.indices);
  if (dataset instanceof ConcatDataset)
    return new ConcatDataset(dataset.datasets.map((each) => through(transform, each, seed)));
  if (dataset instanceof TransformedSamples) return new TransformedSamples(dataset.dataset, transform, dataset.seed);
  const ofPictures = transform as Transform<never, never>;
  if (dataset instanceof ImageDataset) return new TransformedImages(dataset, ofPictures, { seed });
  if (dataset.withTransform !== undefined) return dataset.withTransform(ofPictures);
  return new TransformedSamples(dataset as Dataset<Sample<never>>, transform, seed);
}
