import { DTypeError, sameShape, type Shape, ShapeError, type Tensor, ValueError } from "@tapegrad/tensor";
import {
  asExtents,
  channelsLastHint,
  checkElements,
  checkInteger,
  checkOptionalTensor,
  checkSameDevice,
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
  return (layer, name, value) => void asExtents(layer, name, value as Extents, 1, least);
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

/** Checks that input and target of a loss have one shape and live on one device. @throws ShapeError or DeviceError naming the loss. */
export function checkSameShape(loss: string, input: Tensor, target: Tensor): void {
  checkTensor(loss, input, "input");
  checkTensor(loss, target, "target");
  checkSameDevice(loss, [input, target]);
  if (sameShape(input.shape, target.shape)) return;
  throw new ShapeError(
    `${loss}: input has shape ${showShape(input.shape)} but target ${showShape(target.shape)}; they must be the same`,
  );
}

/** Checks that a loss computes with real numbers: int32 values alone are refused. @throws DTypeError naming the loss. */
export function checkFloatAmong(loss: string, input: Tensor, target: Tensor): void {
  if (input.dtype === "int32" && target.dtype === "int32")
    throw new DTypeError(
      `${loss}: expected a float32 input or target, got int32 only; convert one with cast(x, "float32")`,
    );
}

/**
 * Checks that a weight of elements can be repeated to the shape of the input, and does not repeat that.
 *
 * @throws ValueError naming the loss and the weight if it is none. @throws ShapeError if it does not broadcast.
 */
export function checkElementWeight(loss: string, name: string, weight: Tensor | null, input: Tensor): void {
  checkOptionalTensor(loss, name, weight);
  checkSameDevice(loss, [input, weight]);
  const { shape } = input;
  if (weight === null || broadcastsTo(weight.shape, shape)) return;
  throw new ShapeError(
    `${loss}: ${name} of shape ${showShape(weight.shape)} does not broadcast to the input's, ${showShape(shape)}`,
  );
}

function broadcastsTo(shape: Shape, target: Shape): boolean {
  const lead = target.length - shape.length;
  return lead >= 0 && shape.every((extent, axis) => extent === 1 || extent === target[lead + axis]);
}
