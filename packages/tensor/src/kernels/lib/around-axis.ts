import { type Shape, sizeOf } from "../../tensor/shape.ts";

/** A shape as `[outer, length, inner]` around one of its axes. */
export function aroundAxis(shape: Shape, dim: number): { outer: number; length: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, dim)), length: shape[dim] ?? 1, inner: sizeOf(shape.slice(dim + 1)) };
}
