import { type Border, BorderLayer2d } from "./border-layer.ts";

/**
 * Puts zeros around an image.
 *
 * Shape: `[…, h, w] → […, top + h + bottom, left + w + right]`.
 */
export class ZeroPad2d extends BorderLayer2d {
  /** @throws ValueError if the border is not an integer or four of them. */
  constructor(padding: Border) {
    super(padding, "constant");
  }
}
