import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { equal } from "../basic.ts";

/** 1 where x is 0, else 0; float32, for there is no boolean dtype. NaN counts as true. */
export function logicalNot(x: Tensor): Tensor {
  checkTensor("logicalNot", x);
  return equal(x.detach(), 0);
}
