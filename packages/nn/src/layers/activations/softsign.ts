import type { Tensor } from "@tapegrad/tensor";
import { checkTensor } from "@tapegrad/tensor/internal";
import { abs, add, div } from "@tapegrad/tensor/ops";
import { plainOf, type PlainOf } from "../plain-layer.ts";

/** `x / (1 + |x|)`, elementwise. */
export function softsign(input: Tensor): Tensor {
  checkTensor("softsign", input, "input");
  return div(input, add(abs(input), 1));
}

const Layer: PlainOf = /* @__PURE__ */ plainOf(softsign);

/** `x / (1 + |x|)`, elementwise. */
export class Softsign extends Layer {}
