import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { sort } from "./sort.ts";

/** The values in ascending order along the first axis. */
export function msort(x: Tensor): Tensor {
  checkTensor("msort", x);
  return sort(x, { dim: 0 }).values;
}
