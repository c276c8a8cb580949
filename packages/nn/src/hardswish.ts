import { checkTensor } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import { add } from "@tapegrad/tensor/ops/add";
import { div } from "@tapegrad/tensor/ops/div";
import { less } from "@tapegrad/tensor/ops/less";
import { lessEqual } from "@tapegrad/tensor/ops/less-equal";
import { mul } from "@tapegrad/tensor/ops/mul";
import { where } from "@tapegrad/tensor/ops/where";
import { PlainLayer } from "./plain-layer.ts";

/**
 * `x · (x + 3) / 6` between −3 and 3, 0 below and `x` above, elementwise.
 *
 * @see Howard et al. 2019, https://arxiv.org/abs/1905.02244
 */
export function hardswish(input: Tensor): Tensor {
  checkTensor("hardswish", input, "input");
  const inside = div(mul(input, add(input, 3)), 6);
  return where(less(input, -3), 0, where(lessEqual(input, 3), inside, input));
}

/** `x · (x + 3) / 6` between −3 and 3, 0 below and `x` above, elementwise. */
export class Hardswish extends PlainLayer {
  forward(input: Tensor): Tensor {
    return hardswish(input);
  }
}
