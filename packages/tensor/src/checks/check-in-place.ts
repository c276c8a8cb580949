import { GradientError } from "../errors.ts";
import { isRecording } from "../tensor/recording.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * Refuses to replace the values of a leaf that requires grad, or of a view of one, while ops are recorded: the change would
 * not be, and gradients would silently be those of other values.
 *
 * @throws GradientError naming `op`, outside `noGrad`.
 */
export function checkInPlace(op: string, target: Tensor): void {
  if (!isRecording() || !target.requiresGrad) return;
  const base = baseOf(target);
  if (!base.isLeaf || !base.requiresGrad) return;
  const what = base === target ? "a leaf Variable" : "a view of a leaf Variable";
  throw new GradientError(
    `${op}: ${what} that requires grad is being used in an in-place operation, which is never recorded; ` +
      `call it inside noGrad(() => …) if no gradient shall know of the change`,
  );
}

/** The tensor that a recorded view, as `reshape` makes it, shows the values of. */
function baseOf(tensor: Tensor): Tensor {
  const shows = ({ storage }: Tensor): boolean => storage === tensor.storage;
  let base = tensor;
  for (;;) {
    const viewed = base.record?.inputs.find(shows) ?? base.record?.viewed.find(shows);
    if (viewed === undefined) return base;
    base = viewed;
  }
}
