import { sameShape, type Shape, ShapeError, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkElements, showShape, showValue } from "@tapegrad/tensor/internal";

/** The shape of the last axes that a layer normalises. @throws ValueError naming the layer if it is empty or has an extent below 1. */
export function asNormalizedShape(layer: string, given: number | Shape): Shape {
  const shape: unknown = typeof given === "number" ? [given] : given;
  if (!isShape(shape))
    throw new ValueError(`${layer}: normalizedShape must consist of positive integers, got ${showValue(shape)}`);
  checkElements(layer, shape);
  return shape;
}

/** How many axes of an input come before those. @throws ShapeError naming the layer if its last axes are others. */
export function axesBefore(layer: string, input: Tensor, normalizedShape: Shape): number {
  const lead = input.rank - normalizedShape.length;
  if (lead >= 0 && sameShape(input.shape.slice(lead), normalizedShape)) return lead;
  throw new ShapeError(`${layer}: expected input […, ${normalizedShape.join(", ")}], got ${showShape(input.shape)}`);
}

/** @throws ShapeError naming the function if a scale or shift is not of the shape that is normalised. */
export function checkElementwise(
  caller: string,
  normalizedShape: Shape,
  tensors: Readonly<Record<string, Tensor | null>>,
): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor === null || sameShape(tensor.shape, normalizedShape)) continue;
    throw new ShapeError(
      `${caller}: expected ${name} of shape ${showShape(normalizedShape)}, got ${showShape(tensor.shape)}`,
    );
  }
}

function isShape(value: unknown): value is Shape {
  return Array.isArray(value) && value.length > 0 && value.every((extent) => Number.isInteger(extent) && extent > 0);
}
