import type { GpuArgument, ProgramSteps } from "../../devices/gpu/program.ts";
import { divide } from "../lib/gpu-index.ts";
import type { Conv2dGeometry, Pair } from "./geometry.ts";

/** Taps and columns that are unrolled; beyond, loops keep sources short. */
export const MAX_UNROLLED = 32;

/** Planes with zeros around the values, and what they are called. */
export interface Bordered {
  readonly argument: GpuArgument;
  readonly height: number;
  readonly width: number;
}

/** x with as many zeros around it as the kernel reaches out. */
export function borderedInput(
  steps: ProgramSteps,
  { images, inChannels, input, output, kernel, stride, dilation, padding }: Conv2dGeometry,
  argument: GpuArgument,
): Bordered {
  const reach = (axis: 0 | 1): number => (output[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
  return border(steps, argument, images * inChannels, input, padding, [reach(0), reach(1)]);
}

/**
 * Planes of an extent with so many zeros before their first row and column, and after the last up to a size. If none are needed,
 * nothing is copied.
 */
export function border(
  steps: ProgramSteps,
  argument: GpuArgument,
  planes: number,
  extent: Pair,
  before: Pair,
  [height, width]: Pair,
): Bordered {
  if (before[0] === 0 && before[1] === 0 && height <= extent[0] && width <= extent[1])
    return { argument, height: extent[0], width: extent[1] };
  const body =
    divide("this.thread.x", height * width, width, "row", "column") +
    `if (row < ${before[0]} || row >= ${before[0] + extent[0]} || column < ${before[1]} || column >= ${before[1] + extent[1]}) { return 0.0; }\n` +
    `return x[this.thread.y * ${extent[0] * extent[1]} + (row - ${before[0]}) * ${extent[1]} + column - ${before[1]}];`;
  return { argument: steps.add([height * width, planes], { x: argument }, body), height, width };
}
