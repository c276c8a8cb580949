import { normalizeDim } from "../../checks/check-shape.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { IndexError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { select } from "./select.ts";

/**
 * The entries along an axis, one by one, without that axis.
 *
 * @param dim the axis. @default 0
 * @throws IndexError if `x` is a scalar, or the axis does not exist.
 */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  checkTensor("unbind", x);
  if (x.rank === 0) throw new IndexError("unbind: a scalar has no axis to take apart");
  const axis = normalizeDim("unbind", dim, x.rank);
  return Array.from({ length: x.shape[axis]! }, (_, i) => select(x, axis, i));
}
