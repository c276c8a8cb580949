import { sameShape, type Shape, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkElements, showShape, showValue } from "@tapegrad/tensor/internal";
import { checkFit } from "../../checks/check-sizes.ts";

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
  const fit = lead >= 0 && sameShape(input.shape.slice(lead), normalizedShape);
  checkFit(layer, fit, `input […, ${normalizedShape.join(", ")}]`, input.shape);
  return lead;
}

/** @throws ShapeError naming the function if a scale or shift is not of the shape that is normalised. */
export function checkElementwise(
  caller: string,
  normalizedShape: Shape,
  tensors: Readonly<Record<string, Tensor | null>>,
): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    const { shape } = tensor ?? { shape: normalizedShape };
    checkFit(caller, sameShape(shape, normalizedShape), `${name} of shape ${showShape(normalizedShape)}`, shape);
  }
}

function isShape(value: unknown): value is Shape {
  return Array.isArray(value) && value.length > 0 && value.every((extent) => Number.isInteger(extent) && extent > 0);
}
