import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { equal } from "../basic.ts";

/** 1 where x is ∞, else 0; float32, for there is no boolean dtype. */
export function isposinf(x: Tensor): Tensor {
  checkTensor("isposinf", x);
  return equal(x.detach(), Infinity);
}

/** 1 where x is −∞, else 0; float32, for there is no boolean dtype. */
export function isneginf(x: Tensor): Tensor {
  checkTensor("isneginf", x);
  return equal(x.detach(), -Infinity);
}
