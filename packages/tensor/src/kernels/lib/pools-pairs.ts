import type { PoolWindows } from "../pool2d/max-pool2d.ts";

/** Whether windows are 2 × 2 and lie side by side from the first row and column on. */
export function poolsPairs({ input, output, kernel, stride, padding, dilation }: PoolWindows): boolean {
  return [0, 1].every(
    (axis) =>
      kernel[axis] === 2 &&
      stride[axis] === 2 &&
      padding[axis] === 0 &&
      dilation[axis] === 1 &&
      output[axis] === input[axis]! >> 1,
  );
}
