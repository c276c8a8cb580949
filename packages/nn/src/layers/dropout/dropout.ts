import type { Tensor } from "@tapegrad/tensor";
import { dropout } from "@tapegrad/tensor/ops";
import { DropoutBase } from "./dropout-base.ts";

/**
 * In train mode, replaces each value by 0 with probability `p` and multiplies the others by 1 / (1 − p), so that the
 * expectation stays; in eval mode, passes the input on unchanged.
 *
 * Shape: any; the same comes out.
 *
 * @see Hinton et al. 2012, https://arxiv.org/abs/1207.0580
 */
export class Dropout extends DropoutBase {
  forward(input: Tensor): Tensor {
    return dropout(input, this.p, this.maskOptions(input));
  }
}
