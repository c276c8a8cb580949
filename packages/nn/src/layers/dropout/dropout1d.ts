import { ones, type Tensor } from "@tapegrad/tensor";
import { dropout } from "@tapegrad/tensor/ops/dropout";
import { mul } from "@tapegrad/tensor/ops/mul";
import { checkRank } from "../../checks/check-sizes.ts";
import { DropoutBase } from "./dropout-base.ts";

/**
 * In train mode, replaces whole channels of sequences by 0 with probability `p` and multiplies the others by
 * 1 / (1 − p); in eval mode, passes the input on unchanged.
 *
 * Shape: `[n, c, l]` or `[c, l]`; the same comes out.
 *
 * @see Tompson et al. 2014, https://arxiv.org/abs/1411.4280
 */
export class Dropout1d extends DropoutBase {
  /** @throws ShapeError if the input has other than two or three axes. */
  forward(input: Tensor): Tensor {
    checkRank("Dropout1d", input, ["n, c, l", "c, l"]);
    const options = this.maskOptions(input);
    if (!this.training || this.p === 0) return input;
    const factors = dropout(ones([...input.shape.slice(0, -1), 1], { device: input.device }), this.p, options);
    return mul(input, factors);
  }
}
