import { type Border, BorderLayer2d } from "./border-layer.ts";

/**
 * Puts the cells from the other end around an image, as if it were a torus. The border must not be wider than the image.
 *
 * Shape: `[…, h, w] → […, top + h + bottom, left + w + right]`.
 */
export class CircularPad2d extends BorderLayer2d {
  /** @throws ValueError if the border is not an integer or four of them. */
  constructor(padding: Border) {
    super(padding, "circular");
  }
}
