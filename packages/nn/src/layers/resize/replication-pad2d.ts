import { type Border, BorderLayer2d } from "./border-layer.ts";

/**
 * Repeats the outermost cells of an image around it.
 *
 * Shape: `[…, h, w] → […, top + h + bottom, left + w + right]`.
 */
export class ReplicationPad2d extends BorderLayer2d {
  /** @throws ValueError if the border is not an integer or four of them. */
  constructor(padding: Border) {
    super(padding, "replicate");
  }
}
