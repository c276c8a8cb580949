import type { GpuArgument, GpuStep } from "../../devices/gpu/program.ts";
import { divide } from "../lib/gpu-index.ts";
import type { Conv2dGeometry, Pair } from "./geometry.ts";

/** Taps and columns that are unrolled; beyond, loops keep sources short. */
export const MAX_UNROLLED = 32;

/** Planes with zeros around the values, and the step that makes them, if one is needed. */
export interface Bordered {
  readonly steps: readonly GpuStep[];
  readonly argument: GpuArgument;
  readonly height: number;
  readonly width: number;
}

/** x with as many zeros around it as the kernel reaches out. */
export function borderedInput(
  { images, inChannels, input, output, kernel, stride, dilation, padding }: Conv2dGeometry,
  argument: GpuArgument,
): Bordered {
  const reach = (axis: 0 | 1): number => (output[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
  return border({
    argument,
    planes: images * inChannels,
    extent: input,
    before: padding,
    size: [reach(0), reach(1)],
  });
}

/** Planes with zeros before their first row and column, and after the last up to a size. If none are needed, nothing is copied. */
export function border({
  argument,
  planes,
  extent,
  before,
  size: [height, width],
}: {
  readonly argument: GpuArgument;
  readonly planes: number;
  readonly extent: Pair;
  readonly before: Pair;
  readonly size: Pair;
}): Bordered {
  if (before[0] === 0 && before[1] === 0 && height <= extent[0] && width <= extent[1]) {
    return { steps: [], argument, height: extent[0], width: extent[1] };
  }
  const source =
    `function(x) {\n${divide("this.thread.x", height * width, width, "row", "column")}` +
    `if (row < ${before[0]} || row >= ${before[0] + extent[0]} || column < ${before[1]} || column >= ${before[1] + extent[1]}) { return 0.0; }\n` +
    `return x[this.thread.y * ${extent[0] * extent[1]} + (row - ${before[0]}) * ${extent[1]} + column - ${before[1]}];\n}`;
  return {
    steps: [{ source, args: [argument], size: [height * width, planes] }],
    argument: "step0",
    height,
    width,
  };
}
