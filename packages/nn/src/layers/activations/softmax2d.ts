import type { Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { softmax } from "@tapegrad/tensor/ops";
import { checkRank } from "../../checks/check-sizes.ts";
import { PlainLayer } from "../plain-layer.ts";

/** `eˣ / Σ eˣ` over the channels of each pixel. Shape: `[n, c, h, w]` or `[c, h, w]`; the same comes out. */
export class Softmax2d extends PlainLayer {
  /** @throws ShapeError if the input is no image or batch of images. */
  forward(input: Tensor): Tensor {
    checkRank("Softmax2d", input, ["n, c, h, w", "c, h, w"]);
    checkFloat("Softmax2d", input, "input");
    return softmax(input, -3);
  }
}
