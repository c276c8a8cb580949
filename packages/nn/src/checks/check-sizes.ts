import { type Shape, ShapeError, type Tensor, ValueError } from "@tapegrad/tensor";
import {
  asExtents,
  channelsLastHint,
  checkElements,
  checkInteger,
  checkTensor,
  type OptionCheck,
  showShape,
} from "@tapegrad/tensor/internal";

/** A number for all spatial axes alike, or one for each. */
export type Extents = number | readonly number[];

/** Checks that every named size is a positive integer. @throws ValueError naming the layer and the size. @throws ShapeError if it is too large. */
export function checkSizes(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    checkInteger(layer, name, size, 1);
    checkElements(layer, [size]);
  }
}

/** Checks that `groups` divides each channel count. @throws ValueError naming the layer and the count. */
export function checkGroups(layer: string, channels: Readonly<Record<string, number>>, groups: number): void {
  for (const [name, count] of Object.entries(channels)) {
    if (count % groups !== 0)
      throw new ValueError(`${layer}: ${name} must be divisible by groups, got ${count} and ${groups}`);
  }
}

/** Checks an option that is a number for rows and columns, or one for each, as `asExtents` does. */
export function checkPair(least: number): OptionCheck {
  return (layer, name, value) => void asExtents(layer, name, value as Extents, 2, least);
}

/** Checks an option that is a number for the one axis of sequences, or a list of it, as `asExtents` does. */
export function checkSingle(least: number): OptionCheck {
  return (layer, name, value) => void asSingle(layer, name, value as Extents, least);
}

/** A number for the one axis of sequences, or a list of it, as a number. @throws as `asExtents`. */
export function asSingle(caller: string, name: string, value: Extents, least: number): number {
  return asExtents(caller, name, value, 1, least)[0]!;
}

/** A list that is known to have two entries, as a pair. */
export function asPair(values: readonly number[]): readonly [number, number] {
  return [values[0]!, values[1]!];
}

/**
 * Checks the number of axes of an input.
 *
 * @param names the axes for each number of axes that is accepted, such as `["n, c", "n, c, l"]`.
 * @throws ShapeError naming the layer and what it expects.
 */
export function checkRank(layer: string, input: Tensor, names: readonly string[]): void {
  checkTensor(layer, input, "input");
  const { shape } = input;
  if (names.some((axes) => axes.split(", ").length === shape.length)) return;
  const wanted = names.map((axes) => `[${axes}]`).join(" or ");
  throw new ShapeError(`${layer}: expected input ${wanted}, got ${shape.length}D input ${showShape(shape)}`);
}

/** @throws ShapeError naming the layer, what it expected and the shapes that came, unless they fit. */
export function checkFit(layer: string, fit: boolean, expected: string, ...shapes: readonly Shape[]): void {
  if (!fit) throw new ShapeError(`${layer}: expected ${expected}, got ${shapes.map(showShape).join(" and ")}`);
}

/** Checks the number of channels of an input. @throws ShapeError naming the layer. */
export function checkChannels(layer: string, { shape }: Tensor, channels: number, axis = 1): void {
  if (shape[axis] === channels) return;
  throw new ShapeError(
    `${layer}: expected ${channels} channels along axis ${axis}, got ${shape[axis]} in input ${showShape(shape)}` +
      (axis === 1 ? channelsLastHint(shape, channels) : ""),
  );
}
