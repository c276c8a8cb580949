import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { abs, equal } from "../basic.ts";

/** 1 where x is ∞ or −∞, else 0; float32, for there is no boolean dtype. */
export function isinf(x: Tensor): Tensor {
  checkTensor("isinf", x);
  return equal(abs(x.detach()), Infinity);
}
