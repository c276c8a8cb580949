import { type SequenceBorder, BorderLayer1d } from "./border-layer.ts";

/**
 * Puts a mirror image around a sequence; the outermost cells are the mirror and not repeated. The border must be
 * shorter than the sequence.
 *
 * Shape: `[n, c, l] → [n, c, left + l + right]`; without `n` alike.
 */
export class ReflectionPad1d extends BorderLayer1d {
  /** @throws ValueError if the border is not an integer or two of them. */
  constructor(padding: SequenceBorder) {
    super(padding, "reflect");
  }
}
