import type { PoolWindows } from "../pool2d/max-pool2d.ts";

/** Whether windows are 2 × 2 and lie side by side from the first row and column on. */
export function poolsPairs({ input, output, kernel, stride, padding, dilation }: PoolWindows): boolean {
  return (
    kernel[0] === 2 &&
    kernel[1] === 2 &&
    stride[0] === 2 &&
    stride[1] === 2 &&
    padding[0] === 0 &&
    padding[1] === 0 &&
    dilation[0] === 1 &&
    dilation[1] === 1 &&
    output[0] === input[0] >> 1 &&
    output[1] === input[1] >> 1
  );
}
