import type { Tensor } from "@tapegrad/tensor";
import { BorderLayer1d } from "./border-layer.ts";

/**
 * Puts a mirror image around a sequence; the outermost cells are the mirror and not repeated. The border must be
 * shorter than the sequence.
 *
 * Shape: `[n, c, l] → [n, c, left + l + right]`; without `n` alike.
 */
export class ReflectionPad1d extends BorderLayer1d {
  forward(input: Tensor): Tensor {
    return this.bordered(input, { mode: "reflect" });
  }
}
