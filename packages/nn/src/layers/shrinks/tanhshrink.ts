import type { Tensor } from "@tapegrad/tensor";
import { checkTensor } from "@tapegrad/tensor/internal";
import { sub, tanh } from "@tapegrad/tensor/ops";
import { plainOf, type PlainOf } from "../plain-layer.ts";

/** `x − tanh(x)`, elementwise. */
export function tanhshrink(input: Tensor): Tensor {
  checkTensor("tanhshrink", input, "input");
  return sub(input, tanh(input));
}

const Layer: PlainOf = /* @__PURE__ */ plainOf(tanhshrink);

/** `x − tanh(x)`, elementwise. */
export class Tanhshrink extends Layer {}
