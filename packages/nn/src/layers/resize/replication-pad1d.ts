import type { Tensor } from "@tapegrad/tensor";
import { BorderLayer1d } from "./border-layer.ts";

/**
 * Repeats the outermost cells of a sequence on both sides.
 *
 * Shape: `[n, c, l] → [n, c, left + l + right]`; without `n` alike.
 */
export class ReplicationPad1d extends BorderLayer1d {
  forward(input: Tensor): Tensor {
    return this.bordered(input, { mode: "replicate" });
  }
}
