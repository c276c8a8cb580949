import type { DropoutOptions, Tensor } from "@tapegrad/tensor";
import { maskedBy } from "@tapegrad/tensor/internal";
import { checkRank } from "../../checks/check-sizes.ts";
import { DropoutBase } from "./dropout-base.ts";

/**
 * Replaces whole channels of sequences by 0 with probability `p` and multiplies the others by 1 / (1 − p): one draw for each
 * channel; see `dropout`.
 *
 * Shape: `[n, c, l]` or `[c, l]`; the same comes out.
 *
 * @throws ShapeError if the input has other than two or three axes. @throws ValueError if `p` is not in [0, 1].
 * @throws DTypeError of int32.
 */
export function dropout1d(input: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  checkRank("dropout1d", input, ["n, c, l", "c, l"]);
  return maskedBy("dropout1d", input, p, [...input.shape.slice(0, -1), 1], options);
}

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
    return dropout1d(input, this.p, this.maskOptions(input));
  }
}
