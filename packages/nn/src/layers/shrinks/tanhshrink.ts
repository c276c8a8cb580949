import type { Tensor } from "@tapegrad/tensor";
import { checkTensor } from "@tapegrad/tensor/internal";
import { sub, tanh } from "@tapegrad/tensor/ops";
import { PlainLayer } from "../plain-layer.ts";

/** `x − tanh(x)`, elementwise. */
export function tanhshrink(input: Tensor): Tensor {
  checkTensor("tanhshrink", input, "input");
  return sub(input, tanh(input));
}

/** `x − tanh(x)`, elementwise. */
export class Tanhshrink extends PlainLayer {
  forward(input: Tensor): Tensor {
    return tanhshrink(input);
  }
}
