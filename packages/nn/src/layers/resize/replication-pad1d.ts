import { type SequenceBorder, BorderLayer1d } from "./border-layer.ts";

/**
 * Repeats the outermost cells of a sequence on both sides.
 *
 * Shape: `[n, c, l] → [n, c, left + l + right]`; without `n` alike.
 */
export class ReplicationPad1d extends BorderLayer1d {
  /** @throws ValueError if the border is not an integer or two of them. */
  constructor(padding: SequenceBorder) {
    super(padding, "replicate");
  }
}
