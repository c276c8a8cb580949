import { checkTensor } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import { add } from "@tapegrad/tensor/ops/add";
import { div } from "@tapegrad/tensor/ops/div";
import { greaterEqual } from "@tapegrad/tensor/ops/greater-equal";
import { lessEqual } from "@tapegrad/tensor/ops/less-equal";
import { where } from "@tapegrad/tensor/ops/where";
import { PlainLayer } from "./plain-layer.ts";

/** `x / 6 + 1/2`, kept within 0 and 1, elementwise; its gradient is 0 from ±3 on. */
export function hardsigmoid(input: Tensor): Tensor {
  checkTensor("hardsigmoid", input, "input");
  const inside = div(add(input, 3), 6);
  return where(lessEqual(input, -3), 0, where(greaterEqual(input, 3), 1, inside));
}

/** `x / 6 + 1/2`, kept within 0 and 1, elementwise; its gradient is 0 from ±3 on. */
export class Hardsigmoid extends PlainLayer {
  forward(input: Tensor): Tensor {
    return hardsigmoid(input);
  }
}
