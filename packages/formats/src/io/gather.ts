import type { Shape } from "@tapegrad/tensor";
import type { Elements } from "./file-dtype.ts";

/** Copies strided elements to one after the other; there must be at least one. */
export function gather(source: Elements, target: Elements, shape: Shape, stride: Shape): void {
  const axes = merged(shape, stride);
  const [extent, step] = axes.pop() ?? [1, 0];
  const index = axes.map(() => 0);
  let from = 0;
  for (let to = 0; to < target.length; to += extent) {
    for (let i = 0; i < extent; i++) target[to + i] = source[from + i * step]!;
    // The next row: count up from the last axis but one, like an odometer.
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const [count, stepOut] = axes[axis]!;
      from += stepOut;
      if (++index[axis]! < count) break;
      from -= count * stepOut;
      index[axis] = 0;
    }
  }
}

/** Extents and strides, without axes of length 1, and neighbours as one axis where they are steps of the same walk. */
function merged(shape: Shape, stride: Shape): [extent: number, step: number][] {
  const axes: [number, number][] = [];
  for (const [axis, extent] of shape.entries()) {
    if (extent === 1) continue;
    const [step, last] = [stride[axis]!, axes.at(-1)];
    if (last !== undefined && last[1] === extent * step) axes.splice(-1, 1, [last[0] * extent, step]);
    else axes.push([extent, step]);
  }
  return axes;
}
