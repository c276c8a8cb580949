import { checkFit, checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { type DropoutOptions, maskedBy } from "./dropout.ts";

/**
 * Drops whole channels: one draw for each example and channel; see `dropout`.
 *
 * Shape: `[n, c, h, w]` or `[n, c, l]` → the same. Three axes are a batch of sequences, as PyTorch 1.13 documents it, and not a
 * picture: for one, `unsqueeze` a batch axis.
 *
 * @throws ShapeError if `x` has other than three or four axes. @throws ValueError if `p` is not in [0, 1].
 */
export function dropout2d(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  checkTensor("dropout2d", x);
  checkFit("dropout2d", x.rank === 3 || x.rank === 4, "[n, c, h, w] or [n, c, l]", x.shape);
  const channels = x.shape.map((extent, axis) => (axis < 2 ? extent : 1));
  return maskedBy("dropout2d", x, p, channels, options);
}
