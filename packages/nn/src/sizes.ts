import { ShapeError, ValueError, checkTensor, sameShape, showShape, showValue } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";

/** A number for height and width alike, or one for each. */
export type Pair = number | readonly [number, number];

/** A number for all spatial axes alike, or one for each. */
export type Extents = number | readonly number[];

/** Checks that every named size is a positive integer. @throws ValueError naming the layer and the size. */
export function checkSizes(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1)
      throw new ValueError(`${layer}: ${name} must be a positive integer, got ${showValue(size)}`);
  }
}

/** Checks that `groups` divides each channel count. @throws ValueError naming the layer and the count. */
export function checkGroups(layer: string, channels: Readonly<Record<string, number>>, groups: number): void {
  for (const [name, count] of Object.entries(channels)) {
    if (count % groups !== 0)
      throw new ValueError(`${layer}: ${name} must be divisible by groups, got ${count} and ${groups}`);
  }
}

/**
 * One number for each spatial axis.
 *
 * @throws ValueError naming the layer and the option if these are not `axes` integers of at least `least`.
 */
export function asExtents(layer: string, name: string, value: Extents, axes: number, least: number): readonly number[] {
  const extents = typeof value === "number" ? Array.from({ length: axes }, () => value) : value;
  if (
    Array.isArray(extents) &&
    extents.length === axes &&
    extents.every((extent) => Number.isInteger(extent) && extent >= least)
  ) {
    return extents;
  }
  const wanted = axes === 1 ? "an integer" : `an integer or ${axes} integers`;
  throw new ValueError(`${layer}: ${name} must be ${wanted} of at least ${least}, got ${showValue(value)}`);
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

/** Checks the number of channels of an input. @throws ShapeError naming the layer. */
export function checkChannels(layer: string, { shape }: Tensor, channels: number, axis = 1): void {
  if (shape[axis] === channels) return;
  throw new ShapeError(
    `${layer}: expected ${channels} channels along axis ${axis}, got ${shape[axis]} in input ${showShape(shape)}`,
  );
}

/** Checks that input and target of a loss have one shape. @throws ShapeError naming the loss. */
export function checkSameShape(loss: string, input: Tensor, target: Tensor): void {
  checkTensor(loss, input, "input");
  checkTensor(loss, target, "target");
  if (sameShape(input.shape, target.shape)) return;
  throw new ShapeError(
    `${loss}: input has shape ${showShape(input.shape)} but target ${showShape(target.shape)}; they must be the same`,
  );
}
