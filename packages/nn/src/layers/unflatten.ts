import { normalizeDim, type Shape, ShapeError, sizeOf, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkInteger, checkTensor, showShape, showValue } from "@tapegrad/tensor/internal";
import { reshape } from "@tapegrad/tensor/ops";
import { layerOf, type LayerOf } from "../module/module-of.ts";

/**
 * Divides one axis into several; undoes `flatten`.
 *
 * Shape: `[n, c·h·w] → [n, c, h, w]` for `unflatten(x, 1, [c, h, w])`. One of the extents may be −1: what is left.
 *
 * @throws ShapeError if the extents do not make up the axis. @throws IndexError if the axis does not exist.
 * @throws ValueError if the extents are not integers of at least 0, of which one may be −1.
 */
export function unflatten(input: Tensor, dim: number, unflattenedSize: Shape): Tensor {
  checkTensor("unflatten", input, "input");
  checkInteger("unflatten", "dim", dim);
  checkExtents("unflatten", "unflattenedSize", unflattenedSize);
  const axis = normalizeDim("unflatten", dim, input.rank);
  const known = sizeOf(unflattenedSize.filter((extent) => extent !== -1));
  const whole = input.shape[axis] ?? 1;
  const parts = unflattenedSize.map((extent) => (extent === -1 ? whole / known : extent));
  if (!parts.every(Number.isInteger) || sizeOf(parts) !== whole || input.rank === 0)
    throw new ShapeError(
      `unflatten: axis ${axis} of input ${showShape(input.shape)} cannot be divided into ${showShape(unflattenedSize)}`,
    );
  return reshape(input, [...input.shape.slice(0, axis), ...parts, ...input.shape.slice(axis + 1)]);
}

const Layer: LayerOf<typeof unflatten, ["dim", "unflattenedSize"]> = /* @__PURE__ */ layerOf(unflatten, {
  dim: checkInteger,
  unflattenedSize: checkExtents,
});

/** Divides one axis into several: `unflatten` as a module. Shape: `[n, c·h·w] → [n, c, h, w]`; one extent may be −1. */
export class Unflatten extends Layer {}

function checkExtents(caller: string, name: string, extents: unknown): void {
  const fits =
    Array.isArray(extents) &&
    extents.length > 0 &&
    extents.every((extent) => Number.isInteger(extent) && extent >= -1) &&
    extents.filter((extent) => extent === -1).length <= 1;
  if (!fits)
    throw new ValueError(
      `${caller}: ${name} must be integers of at least 0, of which one may be -1, got ${showValue(extents)}`,
    );
}
