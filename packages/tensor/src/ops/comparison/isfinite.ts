import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { abs, less } from "../basic.ts";

/** 1 where x is a number between −∞ and ∞, and 0 where it is infinite or NaN; float32, for there is no boolean dtype. */
export function isfinite(x: Tensor): Tensor {
  checkTensor("isfinite", x);
  return less(abs(x.detach()), Infinity);
}
