import { type Border, BorderLayer2d } from "./border-layer.ts";

/**
 * Puts a mirror image around an image; the outermost cells are the mirror and not repeated. The border must be
 * narrower than the image.
 *
 * Shape: `[…, h, w] → […, top + h + bottom, left + w + right]`.
 */
export class ReflectionPad2d extends BorderLayer2d {
  /** @throws ValueError if the border is not an integer or four of them. */
  constructor(padding: Border) {
    super(padding, "reflect");
  }
}
