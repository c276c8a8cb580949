import { type Generator, ValueError } from "@tapegrad/tensor";
import { proportionalCounts } from "./proportional-counts.ts";

type Names = ArrayLike<number | string>;

/**
 * The part of each example, by number: parts of the given sizes, each with its share of each class.
 *
 * @param order the examples, shuffled. @param labels null if classes do not matter.
 * @throws ValueError if a class is smaller than the number of parts, or a part than that of classes.
 */
export function dealClasses(
  order: Int32Array,
  sizes: readonly number[],
  labels: Names | null,
  generator: Generator,
): Int32Array {
  const classes = gather(order, labels);
  if (labels !== null) {
    for (const [label, { length }] of classes)
      if (length < sizes.length)
        throw new ValueError(
          `split: class ${JSON.stringify(label)} has ${length} of the ${order.length} examples, too few for ${sizes.length} parts; drop stratify, or the class`,
        );
    const small = sizes.findIndex((size) => size < classes.size);
    if (small >= 0)
      throw new ValueError(`split: part ${small} has ${sizes[small]} examples, too few for ${classes.size} classes`);
  }
  const counts = proportionalCounts(
    [...classes.values()].map(({ length }) => length),
    sizes,
    generator,
  );
  const partOf = new Int32Array(order.length);
  [...classes.values()].forEach((mine, row) => {
    let from = 0;
    counts[row]!.forEach((count, part) => {
      for (const example of mine.slice(from, (from += count))) partOf[example] = part;
    });
  });
  return partOf;
}

/**
 * The part of each example, by number: groups go as a whole, the largest first, to the part that lacks most of what the group
 * has; so a part exceeds its size by less than its last group has.
 *
 * @throws ValueError if there are fewer groups than parts.
 */
export function dealGroups(
  order: Int32Array,
  sizes: readonly number[],
  groups: Names,
  labels: Names | null,
): Int32Array {
  const classes = gather(order, labels);
  const wholes = [...gather(order, groups).values()].sort((a, b) => b.length - a.length);
  if (wholes.length < sizes.length)
    throw new ValueError(`split: there are ${wholes.length} groups for ${sizes.length} parts`);
  const missing = sizes.map(
    (size) => new Map([...classes].map(([label, { length }]) => [label, (length * size) / order.length])),
  );
  const empty = new Set(sizes.keys());
  const partOf = new Int32Array(order.length);
  wholes.forEach((group, at) => {
    const mine = gather(group, labels);
    const need = (part: number): number =>
      [...mine].reduce(
        (sum, [label, { length }]) => sum + (length * missing[part]!.get(label)!) / classes.get(label)!.length,
        0,
      );
    const open = wholes.length - at > empty.size ? [...sizes.keys()] : [...empty];
    const part = open.reduce((best, each) => (need(each) > need(best) ? each : best));
    empty.delete(part);
    for (const [label, { length }] of mine) missing[part]!.set(label, missing[part]!.get(label)! - length);
    for (const example of group) partOf[example] = part;
  });
  return partOf;
}

/** The examples of each name, in their order; all of them together if there are no names. */
function gather(examples: ArrayLike<number>, names: Names | null): Map<number | string | null, number[]> {
  const found = new Map<number | string | null, number[]>();
  for (let i = 0; i < examples.length; i++) {
    const example = examples[i]!;
    const name = names === null ? null : names[example]!;
    const mine = found.get(name);
    if (mine === undefined) found.set(name, [example]);
    else mine.push(example);
  }
  return found;
}
