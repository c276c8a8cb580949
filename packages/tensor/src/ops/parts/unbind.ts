import type { Tensor } from "../../core.ts";
import { axisOf } from "../internal/axis-of.ts";
import { select } from "./select.ts";

/**
 * The entries along an axis, one by one, without that axis.
 *
 * @param dim the axis. @default 0
 * @throws IndexError if `x` is a scalar, or the axis does not exist.
 */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  const axis = axisOf("unbind", x, dim, "to take apart");
  return Array.from({ length: x.shape[axis]! }, (_, i) => select(x, axis, i));
}
