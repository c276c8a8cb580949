import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { notEqual } from "./not-equal.ts";

/** 1 where x is NaN, else 0; float32, for there is no boolean dtype. */
export function isnan(x: Tensor): Tensor {
  checkTensor("isnan", x);
  return notEqual(x.detach(), x.detach());
}
