import type { Tensor } from "@tapegrad/tensor";
import { BorderLayer2d } from "./border-layer.ts";

/**
 * Puts a mirror image around an image; the outermost cells are the mirror and not repeated. The border must be
 * narrower than the image.
 *
 * Shape: `[…, h, w] → […, top + h + bottom, left + w + right]`.
 */
export class ReflectionPad2d extends BorderLayer2d {
  forward(input: Tensor): Tensor {
    return this.bordered(input, { mode: "reflect" });
  }
}
