import type { Tensor } from "@tapegrad/tensor";
import { BorderLayer2d } from "./border-layer.ts";

/**
 * Puts zeros around an image.
 *
 * Shape: `[…, h, w] → […, top + h + bottom, left + w + right]`.
 */
export class ZeroPad2d extends BorderLayer2d {
  forward(input: Tensor): Tensor {
    return this.bordered(input, { mode: "constant" });
  }
}
