import { checkTensor } from "../../checks/check-tensor.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equal } from "../comparison/equal.ts";
import { where } from "../comparison/where.ts";
import { div } from "../elementwise/div.ts";
import { mul } from "../elementwise/mul.ts";
import { sin } from "../elementwise/sin.ts";

/** sin(πx)/(πx), and 1 at 0. All derivatives at 0 are 0, as in torch. */
export function sinc(x: Tensor): Tensor {
  checkTensor("sinc", x);
  const zero = equal(x, 0);
  const angle = mul(where(zero, 1, x), Math.PI);
  return where(zero, 1, div(sin(angle), angle));
}
