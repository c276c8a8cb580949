import { sameShape } from "../../tensor/shape.ts";
import type { PoolWindows } from "../pool2d/max-pool2d.ts";

/** Whether windows are 2 × 2 and lie side by side from the first row and column on. */
export function poolsPairs({ input, output, kernel, stride, padding, dilation }: PoolWindows): boolean {
  return (
    sameShape(kernel, [2, 2]) &&
    sameShape(stride, [2, 2]) &&
    sameShape(padding, [0, 0]) &&
    sameShape(dilation, [1, 1]) &&
    output[0] === input[0] >> 1 &&
    output[1] === input[1] >> 1
  );
}
