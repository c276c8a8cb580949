import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { choose, type Position } from "../internal/positions.ts";

/**
 * `x[…]` of torch and numpy: `at(x, 0, { start: 1 }, [2, 0])` is `x[0, 1:, [2, 0]]`. A dense copy.
 *
 * - a number: one entry of an axis, which goes; negative ones count from the end
 * - `{ start, end, step }`: a slice of an axis, `{}` for all of it
 * - a list of numbers or an int32 tensor: those entries, in that order; several are broadcast and read together. The new axes
 *   stand where the lists stood if these are neighbours, else in front
 * - a float32 tensor: a mask of one axis or more; it stands for the places where it is not 0, and is read on the host
 * - `null`: a new axis of extent 1
 * - `"..."`: all axes that nothing else stands for; at the end it may be left out
 *
 * The gradient adds up what is read twice.
 *
 * @throws IndexError if there are more positions than axes, or one does not exist.
 * @throws ShapeError if a mask does not have the shape of its axes, or lists do not broadcast.
 * @throws DeviceError if a mask lives on `gpu:webgpu`, where its values have to be awaited.
 */
export function at(x: Tensor, ...positions: readonly Position[]): Tensor {
  checkTensor("at", x);
  return choose("at", x, positions);
}
