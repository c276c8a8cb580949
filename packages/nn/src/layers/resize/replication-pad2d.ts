import type { Tensor } from "@tapegrad/tensor";
import { BorderLayer2d } from "./border-layer.ts";

/**
 * Repeats the outermost cells of an image around it.
 *
 * Shape: `[…, h, w] → […, top + h + bottom, left + w + right]`.
 */
export class ReplicationPad2d extends BorderLayer2d {
  forward(input: Tensor): Tensor {
    return this.bordered(input, { mode: "replicate" });
  }
}
