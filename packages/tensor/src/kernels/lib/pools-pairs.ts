import { isPairOf } from "../conv2d/geometry.ts";
import type { PoolWindows } from "../pool2d/max-pool2d.ts";

/** Whether windows are 2 × 2 and lie side by side from the first row and column on. */
export function poolsPairs({ input, output, kernel, stride, padding, dilation }: PoolWindows): boolean {
  const sideBySide = isPairOf(2, kernel) && isPairOf(2, stride) && isPairOf(0, padding) && isPairOf(1, dilation);
  return sideBySide && output[0] === input[0] >> 1 && output[1] === input[1] >> 1;
}
