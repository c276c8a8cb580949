import { checkElements, checkShape, checkTensor } from "../../checks/index.ts";
import { type Shape, ShapeError, showShape, type Tensor } from "../../core.ts";
import { broadcastTo, reshape } from "../basic.ts";

/**
 * `x`, set side by side `repeats[i]` times along axis `i`. More repeats than axes stand for new leading axes.
 *
 * Shape: `[3]` repeated `[4, 2]` times is `[4, 6]`.
 *
 * @throws ShapeError unless there is a non-negative integer for each axis.
 */
export function repeat(x: Tensor, repeats: Shape): Tensor {
  checkTensor("repeat", x);
  checkShape("repeat", repeats);
  return repeated("repeat", x, repeats);
}

/** What `repeat` and `tile` have in common: `repeats` are as many as there are axes, or more. */
export function repeated(op: string, x: Tensor, repeats: Shape): Tensor {
  const lead = repeats.length - x.rank;
  if (lead < 0)
    throw new ShapeError(
      `${op}: expected repeats for ${x.rank} axes of ${showShape(x.shape)}, got ${showShape(repeats)}`,
    );
  const extents = repeats.map((_, i) => (i < lead ? 1 : x.shape[i - lead]!));
  const shape = extents.map((extent, i) => extent * repeats[i]!);
  checkElements(op, shape);
  const apart = extents.flatMap((extent) => [1, extent]);
  const side = extents.flatMap((extent, i) => [repeats[i]!, extent]);
  return reshape(broadcastTo(reshape(x, apart), side), shape);
}
