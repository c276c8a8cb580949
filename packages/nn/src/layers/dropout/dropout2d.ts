import type { Tensor } from "@tapegrad/tensor";
import { dropout2d } from "@tapegrad/tensor/ops";
import { DropoutBase } from "./dropout-base.ts";

/**
 * In train mode, replaces whole channels by 0 with probability `p` and multiplies the others by 1 / (1 − p); in eval
 * mode, passes the input on unchanged. Neighbouring pixels are alike, so dropping them one by one would hide little.
 *
 * Shape: `[n, c, h, w]` or `[n, c, l]`; the same comes out. Three axes are a batch of sequences, as PyTorch 1.13 documents
 * it, and not a picture.
 *
 * @see Tompson et al. 2014, https://arxiv.org/abs/1411.4280
 */
export class Dropout2d extends DropoutBase {
  forward(input: Tensor): Tensor {
    return dropout2d(input, this.p, this.maskOptions(input));
  }
}
